using Flightc.Cli.Terminal;

namespace Flightc.Cli.Commands;

/// <summary>What a command is run with, beside its own arguments.</summary>
/// <param name="output">Where its words go.</param>
/// <param name="interruption">Asks it to stop.</param>
/// <param name="reproducer">Gathers what a report of a bug needs.</param>
internal sealed class Invocation(Output output, Interruption interruption, Reproducer reproducer)
{
    /// <summary>Where its words go.</summary>
    public Output Output { get; } = output;

    /// <summary>Gathers what a report of a bug needs.</summary>
    public Reproducer Reproducer { get; } = reproducer;

    /// <summary>Cancelled when the user wants it to stop.</summary>
    public CancellationToken Token => interruption.Token;

    /// <summary>Has something deleted if the process has to end at once, until the result is disposed.</summary>
    public IDisposable OnHardStop(Action cleanup) => interruption.OnHardStop(cleanup);
}
