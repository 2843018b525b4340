using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Schedules;

/// <summary>The rates and latencies of a machine, in cycles: docs/timing.md §3 and §4.</summary>
internal sealed class CostMachine
{
    private readonly HbmTiming _hbm;
    private readonly double _cyclesPerByte;
    private readonly double _rowSwitch;
    private readonly double _turnaround;
    private readonly double _ddrCyclesPerByte;
    private readonly int _ddrBurst;

    public CostMachine(Target target, Geometry geometry)
    {
        PipelineTiming pipeline = target.Timing.Pipeline;
        Units = new UnitTimes(target);
        (ClockHertz, Width) = (target.ClockHertz, target.Buffers.WidthBytes);
        (TokenCycles, MatrixFill) = (pipeline.TokenCycles, pipeline.MatrixFillCycles);
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

    /// <summary>What its units take.</summary>
    public UnitTimes Units { get; }

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

    public static long Ceiling(long a, long b) => (a + b - 1) / b;
}
