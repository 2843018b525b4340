using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Cli.Terminal;

/// <summary>Ends a command on Ctrl-C and on SIGTERM such that nothing is left behind.</summary>
/// <remarks>
/// The first signal asks the command to stop at its next step. Where it does not within a moment, or at a
/// second signal, the files that are being written are deleted and the process ends.
/// </remarks>
internal sealed class Interruption : IDisposable
{
    // Whoever interrupts wants an end within a second. What does not look at the token by then is ended all the same.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.7);

    // A progress bar hides the cursor of the terminal.
    private const string ShowCursor = "\e[?25h";

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private readonly List<Action> _cleanups = [];
    private Timer? _timer;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Begins to listen to the signals of this process.</summary>
    public void Listen()
    {
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Stops as a signal would.</summary>
    public void Cancel() => _source.Cancel();

    /// <summary>Has something deleted where the process has to end at once, until the result is disposed.</summary>
    public IDisposable OnHardStop(Action cleanup)
    {
        lock (_lock)
        {
            _cleanups.Add(cleanup);
        }

        return new Registration(this, cleanup);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _timer?.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            Stop();
        }

        _timer = new Timer(_ => Stop(), null, Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }

    private void Stop()
    {
        lock (_lock)
        {
            foreach (Action cleanup in _cleanups)
            {
                cleanup();
            }

            Console.Error.WriteLine(Console.IsErrorRedirected ? "interrupted" : $"{ShowCursor}\ninterrupted");
            Environment.Exit((int)ExitCode.Interrupted);
        }
    }

    private sealed class Registration(Interruption owner, Action cleanup) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._cleanups.Remove(cleanup);
            }
        }
    }
}
