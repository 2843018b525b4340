using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Runtime.Benchmarking;

/// <summary>
/// How fast this process can read given memory at all: every thread adds up pieces of it, each in two streams, with the
/// widest loads of the processor. Nothing that has to read the memory once can be faster.
/// </summary>
/// <remarks>Memory that fits a cache is read from there; what is measured is then the cache.</remarks>
public sealed unsafe class MemoryCeiling : IParallelWork, IDisposable
{
    // Long enough for the prefetchers, short enough that no thread waits long for another at the end.
    private const long PieceBytes = 4 << 20;

    // Of several passes the fastest counts: a ceiling is what can be reached. Half of them fetch ahead, which helps on some
    // processors and harms on others.
    private const int Passes = 4;
    private const int AheadBytes = 4096;
    private const int LineBytes = 64;
    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(5);

    private readonly List<MemoryRegion> _pieces = [];
    private readonly WorkerPool _pool;
    private readonly ulong[] _sums;
    private bool _isAhead;

    /// <summary>Prepares to read.</summary>
    /// <param name="regions">The memory; stays the caller's.</param>
    /// <param name="threads">Threads that read, at least 1.</param>
    public MemoryCeiling(IEnumerable<MemoryRegion> regions, int threads)
    {
        foreach (MemoryRegion region in regions)
        {
            for (long first = 0; first < region.Length; first += PieceBytes)
            {
                _pieces.Add(new MemoryRegion(region.Start + (nint)first, Math.Min(PieceBytes, region.Length - first)));
            }
        }

        Bytes = _pieces.Sum(p => p.Length);
        _pool = new WorkerPool(threads);
        _sums = new ulong[_pieces.Count];
    }

    /// <summary>Bytes that a pass reads.</summary>
    public long Bytes { get; }

    /// <summary>Reads everything a few times.</summary>
    /// <returns>Bytes per second of the fastest pass.</returns>
    public double Measure()
    {
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        for (int pass = 0; pass < Passes || Stopwatch.GetElapsedTime(start) < LeastTime; pass++)
        {
            _isAhead = pass % 2 == 1;
            long began = Stopwatch.GetTimestamp();
            _pool.Run(this, _pieces.Count);
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return Bytes / best;
    }

    /// <summary>The sum of everything that the last pass read, so that no compiler can leave the reading out.</summary>
    public ulong Sum() => _sums.Aggregate(0UL, (sum, piece) => sum + piece);

    /// <inheritdoc/>
    public void Dispose() => _pool.Dispose();

    /// <inheritdoc/>
    void IParallelWork.Execute(int item, int worker)
    {
        MemoryRegion piece = _pieces[item];
        _sums[item] = Vector512.IsHardwareAccelerated
            ? Sum512(piece.Pointer, piece.Length, _isAhead)
            : Sum256(piece.Pointer, piece.Length, _isAhead);
    }

    private static ulong Sum512(byte* start, long length, bool isAhead)
    {
        const int Step = 4 * 64;
        Vector512<ulong> a = default, b = default, c = default, d = default;
        long half = length / (2 * Step) * Step;
        for (long i = 0; i < half; i += Step)
        {
            byte* p = start + i;
            byte* q = p + half;
            if (isAhead)
            {
                Prefetch(p, Step);
                Prefetch(q, Step);
            }

            a += Vector512.Load((ulong*)p) ^ Vector512.Load((ulong*)(p + 64));
            b += Vector512.Load((ulong*)(p + 128)) ^ Vector512.Load((ulong*)(p + 192));
            c += Vector512.Load((ulong*)q) ^ Vector512.Load((ulong*)(q + 64));
            d += Vector512.Load((ulong*)(q + 128)) ^ Vector512.Load((ulong*)(q + 192));
        }

        return Vector512.Sum(a + b + c + d) + SumRest(start + (2 * half), length - (2 * half));
    }

    private static ulong Sum256(byte* start, long length, bool isAhead)
    {
        const int Step = 4 * 32;
        Vector256<ulong> a = default, b = default, c = default, d = default;
        long half = length / (2 * Step) * Step;
        for (long i = 0; i < half; i += Step)
        {
            byte* p = start + i;
            byte* q = p + half;
            if (isAhead)
            {
                Prefetch(p, Step);
                Prefetch(q, Step);
            }

            a += Vector256.Load((ulong*)p) ^ Vector256.Load((ulong*)(p + 32));
            b += Vector256.Load((ulong*)(p + 64)) ^ Vector256.Load((ulong*)(p + 96));
            c += Vector256.Load((ulong*)q) ^ Vector256.Load((ulong*)(q + 32));
            d += Vector256.Load((ulong*)(q + 64)) ^ Vector256.Load((ulong*)(q + 96));
        }

        return Vector256.Sum(a + b + c + d) + SumRest(start + (2 * half), length - (2 * half));
    }

    private static void Prefetch(byte* start, int bytes)
    {
        // A prefetch never faults, wherever it points.
        for (int line = 0; line < bytes && Sse.IsSupported; line += LineBytes)
        {
            Sse.Prefetch0(start + AheadBytes + line);
        }
    }

    private static ulong SumRest(byte* start, long length)
    {
        ulong sum = 0;
        for (long i = 0; i < length; i++)
        {
            sum += start[i];
        }

        return sum;
    }
}
