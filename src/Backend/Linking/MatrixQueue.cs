using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Flightc.IR;

namespace Flightc.Backend.Linking;

/// <summary>
/// Makes matrices ahead of those who pack them, in order, within a bound of memory. What goes wrong with a matrix shows where it is taken, so that of
/// several faults always the same is told.
/// </summary>
/// <remarks>Taken and released by one thread. <see cref="Dispose"/> waits until nothing is being made.</remarks>
internal sealed class MatrixQueue : IDisposable
{
    // Made or being made while another is packed. One is enough to keep all cores busy where matrices are alike; they are not.
    private const int Ahead = 2;

    private readonly IReadOnlyList<MatrixRun> _runs;
    private readonly IQuantizedWeights _source;
    private readonly LinkTimes _times;
    private readonly long _limit;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _wake;
    private readonly List<Thread> _makers = [];
    private readonly MatrixCost[] _costs;

    // All below is guarded by this, and it is pulsed at every change.
    private readonly object _gate = new();
    private readonly MadeMatrix?[] _made;
    private int _next;
    private int _taken;
    private int _wanted = -1;
    private long _held;

    /// <summary>Begins to make.</summary>
    /// <param name="runs">What is needed, in order.</param>
    /// <param name="source">Makes them.</param>
    /// <param name="makers">Threads that make; 0 to make when they are taken.</param>
    /// <param name="options">Bound of memory, interruption.</param>
    /// <param name="times">Takes down what making took.</param>
    public MatrixQueue(IReadOnlyList<MatrixRun> runs, IQuantizedWeights source, int makers, LinkOptions options, LinkTimes times)
    {
        (_runs, _source, _times, _limit) = (runs, source, times, options.MatrixBytes);
        _made = new MadeMatrix?[runs.Count];
        _costs = [.. runs.Select(run => source.CostOf(run.Weight))];
        _stop = CancellationTokenSource.CreateLinkedTokenSource(options.Token);
        _wake = _stop.Token.Register(() =>
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        });
        for (int i = 0; i < makers; i++)
        {
            Thread maker = new(MakeAll) { IsBackground = true, Name = $"matrices {i}" };
            _makers.Add(maker);
            maker.Start();
        }
    }

    /// <summary>The next matrix that is needed.</summary>
    /// <param name="run">The one behind that which was taken last.</param>
    /// <exception cref="OperationCanceledException">The work is to end early.</exception>
    public QuantizedMatrix Take(MatrixRun run)
    {
        long start = Stopwatch.GetTimestamp();
        MadeMatrix made = _makers.Count == 0 ? Make(run.Number) : Wait(run.Number);
        _times.Waited(start);
        return made.Get();
    }

    /// <summary>Says that a matrix is not needed any more.</summary>
    public void Release(MatrixRun run, QuantizedMatrix matrix)
    {
        _source.Release(matrix);
        lock (_gate)
        {
            _held -= _costs[run.Number].Kept;
            Monitor.PulseAll(_gate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _makers.ForEach(maker => maker.Join());
        _wake.Dispose();
        _stop.Dispose();
    }

    private MadeMatrix Wait(int run)
    {
        lock (_gate)
        {
            _wanted = run;
            Monitor.PulseAll(_gate);
            while (_made[run] is null)
            {
                _stop.Token.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            MadeMatrix made = _made[run]!;
            _made[run] = null;
            _taken = run + 1;
            Monitor.PulseAll(_gate);
            return made;
        }
    }

    private void MakeAll()
    {
        while (Start() is { } run)
        {
            MadeMatrix made = Make(run);
            lock (_gate)
            {
                _made[run] = made;
                _held -= _costs[run].Working;
                Monitor.PulseAll(_gate);
            }
        }
    }

    // Waits until another may be made; null where nothing is left, or all is to end.
    private int? Start()
    {
        lock (_gate)
        {
            while (!_stop.IsCancellationRequested && _next < _runs.Count)
            {
                // What is waited for is always made: it fits, or linking would not have begun.
                if (_next <= _wanted || (_next < _taken + Ahead && _held <= _limit - _costs[_next].Total))
                {
                    _held += _costs[_next].Total;
                    return _next++;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    private MadeMatrix Make(int run)
    {
        long start = Stopwatch.GetTimestamp();
        CollectFor(_costs[run]);
        try
        {
            QuantizedMatrix matrix = _source.Get(_runs[run].Weight);
            _times.Made(start, (long)matrix.Rows * matrix.Columns);
            return new MadeMatrix(matrix, null);
        }
#pragma warning disable CA1031 // It is thrown again where the matrix is taken.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new MadeMatrix(null, ExceptionDispatchInfo.Capture(e));
        }
    }

    // Large arrays are collected late, and what an earlier matrix left would be in memory beside this one.
    private void CollectFor(MatrixCost cost)
    {
        if (cost.Working > _limit / 8 && GC.GetTotalMemory(forceFullCollection: false) > _limit - cost.Total)
        {
            GC.Collect();
        }
    }

    private sealed record MadeMatrix(QuantizedMatrix? Matrix, ExceptionDispatchInfo? Error)
    {
        public QuantizedMatrix Get()
        {
            Error?.Throw();
            return Matrix!;
        }
    }
}
