namespace Flightc.Diagnostics;

/// <summary>The exit codes of every command: a contract with the scripts that call us.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>A difference was found or a threshold missed.</summary>
    Difference = 1,

    /// <summary>Wrong use, or a named file is missing or unreadable.</summary>
    Usage = 2,

    /// <summary>The model, recipe, target or length cannot be accepted.</summary>
    Unsupported = 3,

    /// <summary>An image failed verification.</summary>
    VerificationFailed = 4,

    /// <summary>A bug of flightc.</summary>
    InternalError = 5,

    /// <summary>The environment failed: disk full, no permission, out of memory.</summary>
    Environment = 6,

    /// <summary>Interrupted by the user.</summary>
    Interrupted = 130,
}
