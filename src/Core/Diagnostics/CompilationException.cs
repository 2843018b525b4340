namespace Flightc.Diagnostics;

/// <summary>Ends a stage because of what the user gave it; never because of a mistake of ours.</summary>
/// <remarks>Any other exception that escapes a command is a bug of flightc and is reported as one.</remarks>
public sealed class CompilationException : Exception
{
    /// <summary>Ends the stage with everything that stood in its way.</summary>
    public CompilationException(IReadOnlyList<Diagnostic> diagnostics, Exception? inner = null)
        : base(string.Join('\n', diagnostics), inner) => Diagnostics = diagnostics;

    /// <summary>Ends the stage with one error.</summary>
    public CompilationException(
        string code, string message, string location = "", string help = "", Exception? inner = null)
        : this([new Diagnostic(code, Severity.Error, message, location, help)], inner)
    {
    }

    /// <summary>At least one error, in the order found.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>The exit code of the first error's code.</summary>
    public ExitCode ExitCode => Codes.ExitCodeOf(Diagnostics.First(d => d.Severity == Severity.Error).Code);
}
