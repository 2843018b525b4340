using System.Diagnostics;
using System.Text.RegularExpressions;
using Flightc.Diagnostics;

namespace Flightc.Quantised;

/// <summary>Which modules of a checkpoint an entry of its configuration is for.</summary>
/// <remarks>
/// Patterns come from files that nobody vouches for. An engine whose time is linear in the name matches them; those that only an engine that backtracks can match, since
/// they look ahead or refer back, may take a second each, and then the checkpoint is refused: a guess would be another model.
/// </remarks>
public sealed class ModulePattern
{
    /// <summary>The most characters of a pattern.</summary>
    public const int MostCharacters = 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // The class of the modules that are quantised at all.
    private const string AllModules = "Linear";

    private readonly Regex? _regex;
    private readonly string _name;
    private long _spent;

    private ModulePattern(string name, Regex? regex) => (_name, _regex) = (name, regex);

    /// <summary>How much it is for: 0 one module, 1 those that an expression fits, 2 all. In compressed-tensors the narrowest that matches counts.</summary>
    public int Breadth => _regex is not null ? 1 : _name is AllModules ? 2 : 0;

    /// <summary>Whether it is a regular expression.</summary>
    public bool IsRegex => _regex is not null;

    /// <summary>Whether matching may take long.</summary>
    public bool Backtracks => _regex is not null && !_regex.Options.HasFlag(RegexOptions.NonBacktracking);

    /// <summary>A regular expression that has to match from the name's beginning on, as Python's <c>re.match</c> does.</summary>
    /// <returns>Null where it is none that can be understood.</returns>
    public static ModulePattern? OfRegex(string pattern)
    {
        if (pattern.Length > MostCharacters)
        {
            return null;
        }

        foreach (RegexOptions engine in (RegexOptions[])[RegexOptions.NonBacktracking, RegexOptions.None])
        {
            try
            {
                return new ModulePattern(pattern, new Regex($@"\A(?:{pattern})", engine | RegexOptions.CultureInvariant, Patience));
            }
            catch (NotSupportedException)
            {
                // The other engine knows more.
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>A module's whole name, or the name of a class of modules such as <c>Linear</c>, which stands for all.</summary>
    public static ModulePattern OfName(string name) => new(name, null);

    /// <summary>Whether a module is meant.</summary>
    /// <exception cref="CompilationException">It takes too long to find out (FLC1101).</exception>
    public bool Matches(string module)
    {
        if (_regex is null)
        {
            return module == _name || _name is AllModules;
        }

        long start = Stopwatch.GetTimestamp();
        try
        {
            bool matches = _regex.IsMatch(module);
            if (Interlocked.Add(ref _spent, Stopwatch.GetElapsedTime(start).Ticks) <= Patience.Ticks)
            {
                return matches;
            }
        }
        catch (RegexMatchTimeoutException)
        {
            // As below.
        }

        throw new CompilationException(
            Codes.ConfigInvalid, $"the pattern '{Excerpt.Of(_name)}' of 'quantization_config' takes too long to match the names of modules", "",
            "write it without nested repetitions");
    }
}
