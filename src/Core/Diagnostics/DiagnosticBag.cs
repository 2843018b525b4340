namespace Flightc.Diagnostics;

/// <summary>Collects independent problems, so that a user sees all of them at once.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _items = [];

    /// <summary>Everything reported, in order.</summary>
    public IReadOnlyList<Diagnostic> Items => _items;

    /// <summary>Whether at least one error was reported.</summary>
    public bool HasErrors => _items.Exists(d => d.Severity == Severity.Error);

    /// <summary>Adds an error.</summary>
    public void Error(string code, string message, string location = "", string help = "") =>
        _items.Add(new Diagnostic(code, Severity.Error, message, location, help));

    /// <summary>Adds a warning.</summary>
    public void Warning(string code, string message, string location = "", string help = "") =>
        _items.Add(new Diagnostic(code, Severity.Warning, message, location, help));

    /// <summary>Adds a note.</summary>
    public void Note(string code, string message, string location = "", string help = "") =>
        _items.Add(new Diagnostic(code, Severity.Note, message, location, help));

    /// <summary>Adds what another stage found.</summary>
    public void Add(Diagnostic item) => _items.Add(item);

    /// <summary>Throws everything reported if one of it is an error.</summary>
    /// <exception cref="CompilationException">At least one error was reported.</exception>
    public void ThrowIfErrors()
    {
        if (HasErrors)
        {
            throw new CompilationException([.. _items]);
        }
    }
}
