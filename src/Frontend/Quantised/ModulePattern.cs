using System.Text.RegularExpressions;

namespace Flightc.Quantised;

/// <summary>Which modules of a checkpoint an entry of its configuration is for.</summary>
public sealed class ModulePattern
{
    // Patterns come from files that nobody vouches for: matching ends, whatever they are.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    // The class of the modules that are quantised at all.
    private const string AllModules = "Linear";

    private readonly Regex? _regex;
    private readonly string _name;

    private ModulePattern(string name, Regex? regex) => (_name, _regex) = (name, regex);

    /// <summary>How much it is for: 0 one module, 1 those that an expression fits, 2 all. In compressed-tensors the narrowest that matches counts.</summary>
    public int Breadth => _regex is not null ? 1 : _name is AllModules ? 2 : 0;

    /// <summary>A regular expression that has to match from the name's beginning on, as Python's <c>re.match</c> does.</summary>
    /// <returns>Null where it is none that can be understood.</returns>
    public static ModulePattern? OfRegex(string pattern)
    {
        try
        {
            return new ModulePattern(pattern, new Regex($@"\A(?:{pattern})", RegexOptions.CultureInvariant, Patience));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A module's whole name, or the name of a class of modules such as <c>Linear</c>, which stands for all.</summary>
    public static ModulePattern OfName(string name) => new(name, null);

    /// <summary>Whether a module is meant.</summary>
    public bool Matches(string module)
    {
        if (_regex is null)
        {
            return module == _name || _name is AllModules;
        }

        try
        {
            return _regex.IsMatch(module);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
