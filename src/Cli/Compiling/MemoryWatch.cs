namespace Flightc.Cli.Compiling;

/// <summary>
/// Has garbage collected before it exceeds a limit. The collector goes by the memory of the machine and lets large arrays that nobody needs lie for long.
/// </summary>
/// <remarks>
/// A collection costs milliseconds: almost all memory is in a few large arrays without references. A hard limit of the collector would be an alternative;
/// but at a hard limit the runtime may end the process, and an unfinished image would stay behind.
/// </remarks>
internal sealed class MemoryWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly long _limit;
    private readonly Timer _timer;
    private long _afterLast;
    private int _isLooking;

    /// <summary>Begins to watch.</summary>
    /// <param name="limit">The most bytes of the managed heap.</param>
    public MemoryWatch(long limit)
    {
        _limit = limit;
        _timer = new Timer(_ => Look(), null, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) == 1)
        {
            return;
        }

        // Where all of it is needed collecting again and again would help nobody: at least so much has to be new.
        long used = GC.GetTotalMemory(forceFullCollection: false);
        if (used > _limit - (_limit / 4) && used > _afterLast + (_limit / 16))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _afterLast = GC.GetTotalMemory(forceFullCollection: false);
        }

        Volatile.Write(ref _isLooking, 0);
    }
}
