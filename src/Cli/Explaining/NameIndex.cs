using Flightc.Cli.Reports;
using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Cli.Explaining;

/// <summary>What a name means.</summary>
/// <param name="Name">The name in the program's own terms.</param>
/// <param name="Kind"><c>weight</c>, <c>operator</c> or <c>group</c>.</param>
/// <param name="Weight">The weight; null for anything else.</param>
internal sealed record NamedThing(string Name, string Kind, SubjectWeight? Weight);

/// <summary>All names of a program: weights by role and by checkpoint name, operators, and what is above them.</summary>
internal sealed class NameIndex
{
    private readonly Subject _subject;
    private readonly HashSet<string> _operators;

    /// <summary>Gathers the names.</summary>
    public NameIndex(Subject subject)
    {
        _subject = subject;
        _operators =
        [
            .. subject.Program.Entries.SelectMany(e => e.Symbols).Select(s => s.Name),
            .. subject.Program.Entries.SelectMany(e => e.Streams).SelectMany(core => core).SelectMany(s => s)
                .Select(i => i.Provenance).Where(p => p.Length > 0),
        ];
        Operators = [.. _operators.Order(StringComparer.Ordinal)];
    }

    /// <summary>Names of operators and activations, in ordinal order.</summary>
    public IReadOnlyList<string> Operators { get; }

    /// <summary>What a user means by a name.</summary>
    /// <exception cref="CompilationException">Nothing has that name (FLC9001).</exception>
    public NamedThing Find(string name)
    {
        SubjectWeight? weight = _subject.Weights.FirstOrDefault(w => w.Role == name || w.Source == name || w.Stem == name);
        if (weight is not null)
        {
            return new NamedThing(weight.Role, "weight", weight);
        }

        if (_operators.Contains(name))
        {
            return new NamedThing(name, "operator", null);
        }

        IEnumerable<string> known = _subject.Weights.SelectMany(w => (IEnumerable<string>)[w.Stem, w.Role, w.Source]).Concat(Operators);
        if (known.Any(k => ProductUse.IsOrIsUnder(k, name)))
        {
            return new NamedThing(name, "group", null);
        }

        string suggestion = Suggestion.For(name, known.Concat(Groups()).Where(k => k.Length > 0).Distinct());
        throw new CompilationException(
            Codes.Usage, $"nothing in the program is called '{Excerpt.Of(name)}'{suggestion}", _subject.Path,
            _subject.IsImage ? "'flightc inspect IMAGE --manifest' lists the weights, 'flightc disasm IMAGE' names every instruction" : "'flightc check MODEL' shows what is in the model");
    }

    /// <summary>Weights and operators below a name, or with it.</summary>
    public IEnumerable<string> Members(string name) =>
        _subject.Weights.Select(w => w.Role).Concat(Operators).Where(k => ProductUse.IsOrIsUnder(k, name)).Distinct();

    private IEnumerable<string> Groups() => _subject.Weights.Select(w => w.Stem).Concat(Operators)
        .Where(n => n.Contains('.')).Select(n => n[..n.LastIndexOf('.')]).Distinct();
}
