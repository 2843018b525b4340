using System.Numerics;
using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Schedules;

/// <summary>The rates and latencies of a machine, in cycles: docs/timing.md §3 and §4.</summary>
internal sealed class CostMachine
{
    // Probabilities of 14 bits reach the INT8 array as two planes of 7 bits: docs/numerics.md §3.
    public const int ProbabilityPlanes = 2;

    private readonly int _lanes;
    private readonly double _exchangeRate;
    private readonly double _hops;
    private readonly double _fill;
    private readonly MatrixEngine _matrix;
    private readonly HbmTiming _hbm;
    private readonly double _cyclesPerByte;
    private readonly double _rowSwitch;
    private readonly double _turnaround;
    private readonly double _ddrCyclesPerByte;
    private readonly int _ddrBurst;

    public CostMachine(Target target, Geometry geometry)
    {
        PipelineTiming pipeline = target.Timing.Pipeline;
        (ClockHertz, Width, _lanes, _matrix) =
            (target.ClockHertz, target.Buffers.WidthBytes, target.Core.SpecialLanes, target.Core.Matrix);
        (TokenCycles, MatrixFill, _fill) = (pipeline.TokenCycles, pipeline.MatrixFillCycles, pipeline.SpecialFillCycles);
        _exchangeRate = target.Core.ExchangeBytesPerCycle;
        _hops = (geometry.Cores.Count - 1) * pipeline.ExchangeHopCycles;
        _hbm = target.Timing.Hbm;
        double available = 1 - _hbm.RefreshShare;
        _cyclesPerByte = 1 / (target.HbmBytesPerCycle * available);
        _rowSwitch = _hbm.RowSwitchSeconds * ClockHertz / available;
        _turnaround = _hbm.TurnaroundSeconds * ClockHertz / available;
        HbmLatency = _hbm.LatencySeconds * ClockHertz;
        (_ddrCyclesPerByte, _ddrBurst) = (ClockHertz / target.Ddr.BytesPerSecond, target.Timing.Ddr.BurstBytes);
        DdrLatency = target.Timing.Ddr.LatencySeconds * ClockHertz;
        (WeightRing, CacheRing, Page) = (geometry.WeightRingBytes, geometry.CacheRingBytes, geometry.PageBytes);
        PageCycles = (Page * _cyclesPerByte) + (Page * _rowSwitch / _hbm.RowBytes);
    }

    public double ClockHertz { get; }

    /// <summary>Bytes that a ring gives in a cycle.</summary>
    public int Width { get; }

    public double TokenCycles { get; }

    public double MatrixFill { get; }

    public double HbmLatency { get; }

    public double DdrLatency { get; }

    public int WeightRing { get; }

    public int CacheRing { get; }

    public int Page { get; }

    /// <summary>What a page of weights keeps a channel busy.</summary>
    public double PageCycles { get; }

    /// <summary>What the first bytes of a run of bytes keep a channel busy.</summary>
    public double ReadCycles(long bytes) =>
        (Ceiling(bytes, _hbm.BurstBytes) * _hbm.BurstBytes * _cyclesPerByte) + (Ceiling(bytes, _hbm.RowBytes) * _rowSwitch);

    /// <summary>What rows written to a channel keep it from reading.</summary>
    public double WriteCycles(long rows, long rowBytes)
    {
        // A row begins anywhere in a burst.
        long bursts = rows * ((rowBytes + (2L * _hbm.BurstBytes) - 2) / _hbm.BurstBytes);
        return rows == 0 ? 0 : _turnaround + _rowSwitch + (bursts * _hbm.BurstBytes * _cyclesPerByte);
    }

    /// <summary>What rows keep DDR busy.</summary>
    public double DdrCycles(long rows, long rowBytes) => rows * Ceiling(rowBytes, _ddrBurst) * _ddrBurst * _ddrCyclesPerByte;

    /// <summary>A sweep of the special-function unit.</summary>
    public double Sweep(long rows, long count)
    {
        long cycles = rows * Ceiling(count, _lanes);
        return cycles == 0 ? 0 : cycles + _fill;
    }

    /// <summary>An exchange, of which cores give <paramref name="total"/> bytes, and one the least.</summary>
    public double Exchange(long total, long least) => Math.Max(1, ((total - least) / _exchangeRate) + _hops);

    /// <summary>Array cycles of a product with weights.</summary>
    public double Product(CostProduct product, long tokens)
    {
        long folded = Folded(tokens);
        int sparseShare = folded == 1 ? _matrix.MacsPerDsp : 1;
        return (product.DenseMacs + (product.SparseMacs * sparseShare)) * folded / _matrix.MacsPerCycle;
    }

    /// <summary>Array cycles of a product of query rows with a number of keys or values.</summary>
    public double Attention(long queries, long keys, long elements) =>
        (double)Folded(queries) * keys * elements / _matrix.MacsPerCycle;

    public static long Ceiling(long a, long b) => (a + b - 1) / b;

    // Rows of activations that the array is busy with: it folds by halves.
    private long Folded(long rows)
    {
        long rest = rows % _matrix.Tokens;
        long folded = rest == 0 ? 0 : (long)BitOperations.RoundUpToPowerOf2((ulong)rest);
        return rows - rest + Math.Min(_matrix.Tokens, folded);
    }
}
