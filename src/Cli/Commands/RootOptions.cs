namespace Flightc.Cli.Commands;

/// <summary>The options that every command has.</summary>
internal static class RootOptions
{
    /// <summary>Results as one JSON document.</summary>
    public const string Json = "--json";

    /// <summary>Its help.</summary>
    public const string JsonMeaning = "Write the result as one JSON document to standard output, and nothing else there";

    /// <summary>Results and errors alone.</summary>
    public const string Quiet = "--quiet";

    /// <summary>The same.</summary>
    public const string QuietAlias = "-q";

    /// <summary>Its help.</summary>
    public const string QuietMeaning = "Write only what was asked for, and errors; no report, no progress, no warnings";

    /// <summary>Details.</summary>
    public const string Verbose = "--verbose";

    /// <summary>The same.</summary>
    public const string VerboseAlias = "-v";

    /// <summary>Its help.</summary>
    public const string VerboseMeaning = "Write details, such as the time of each pass";

    /// <summary>Which flightc this is.</summary>
    public const string Version = "--version";

    /// <summary>Whether a word asks for help.</summary>
    public static bool IsHelp(string word) => word is "--help" or "-h" or "-?" or "/h" or "/?";
}
