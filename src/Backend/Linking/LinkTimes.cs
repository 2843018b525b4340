using System.Diagnostics;

namespace Flightc.Backend.Linking;

/// <summary>Where the time of linking went. Stages overlap: their times can add up to more than all took. Safe from several threads.</summary>
public sealed class LinkTimes
{
    private long _making;
    private long _packing;
    private long _writing;
    private long _waiting;
    private long _weights;
    private long _bytes;

    /// <summary>Wall time in which matrices were read and brought into their formats; of several makers together.</summary>
    public TimeSpan Making => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _making));

    /// <summary>Wall time in which tiles and tables were packed, checked and written.</summary>
    public TimeSpan Packing => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _packing));

    /// <summary>Of that, time in which threads hashed and wrote; of several threads together.</summary>
    public TimeSpan Writing => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _writing));

    /// <summary>Wall time in which packing waited for a matrix.</summary>
    public TimeSpan Waiting => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _waiting));

    /// <summary>Weights that were brought into formats.</summary>
    public long Weights => Interlocked.Read(ref _weights);

    /// <summary>Bytes that were written.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    internal void Made(long start, long weights)
    {
        Interlocked.Add(ref _making, Stopwatch.GetTimestamp() - start);
        Interlocked.Add(ref _weights, weights);
    }

    internal void Packed(long start) => Interlocked.Add(ref _packing, Stopwatch.GetTimestamp() - start);

    internal void Waited(long start) => Interlocked.Add(ref _waiting, Stopwatch.GetTimestamp() - start);

    internal void Wrote(long start, long bytes)
    {
        Interlocked.Add(ref _writing, Stopwatch.GetTimestamp() - start);
        Interlocked.Add(ref _bytes, bytes);
    }
}
