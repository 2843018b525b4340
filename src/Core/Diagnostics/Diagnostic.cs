namespace Flightc.Diagnostics;

/// <summary>How bad a diagnostic is.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Note,

    /// <summary>The result is usable, but not what the user may have expected.</summary>
    Warning,

    /// <summary>The stage that reports it cannot produce its result.</summary>
    Error,
}

/// <summary>One thing a user has to know: what was found, what was wanted, where, and what to do.</summary>
/// <param name="Code">One of <see cref="Codes"/>.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Message">One sentence with the value found and the value wanted.</param>
/// <param name="Location"><c>file</c>, <c>file:line:column</c>, or the name of a tensor or node; empty when
/// it has none.</param>
/// <param name="Help">What the user can do about it; empty when the message says it.</param>
public sealed record Diagnostic(
    string Code, Severity Severity, string Message, string Location = "", string Help = "")
{
    /// <summary>
    /// The form that compilers print: <c>location: error FLC1001: message</c>, and a line with the help.
    /// </summary>
    public override string ToString()
    {
        string where = Location.Length == 0 ? "" : $"{Location}: ";
        string kind = Severity switch
        {
            Severity.Note => "note",
            Severity.Warning => "warning",
            Severity.Error => "error",
        };
        string help = Help.Length == 0 ? "" : $"\n  help: {Help}";
        return $"{where}{kind} {Code}: {Message}{help}";
    }
}
