using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>A memory that serves one access after the other, in the order in which they are asked for.</summary>
internal abstract class Memory
{
    /// <summary>When the last access has been served.</summary>
    public double Free { get; private set; }

    /// <summary>Cycles in which it moves data or loses time because of it.</summary>
    public double Busy { get; private set; }

    /// <summary>Serves an access.</summary>
    /// <returns>When the serving begins.</returns>
    protected double Serve(double time, double cycles)
    {
        double start = Math.Max(time, Free);
        Free = start + cycles;
        Busy += cycles;
        return start;
    }
}

/// <summary>
/// The channels of one core. Loads ask all of them for the same at the same time, so that one account stands
/// for all; a write to one of them holds up the loads of all.
/// </summary>
internal sealed class ChannelGroup : Memory
{
    private readonly HbmTiming _timing;
    private readonly double _cyclesPerByte;
    private readonly double _rowSwitch;
    private readonly double _turnaround;

    public ChannelGroup(Target target)
    {
        _timing = target.Timing.Hbm;
        double available = 1 - _timing.RefreshShare;
        _cyclesPerByte = 1 / (target.HbmBytesPerCycle * available);
        _rowSwitch = _timing.RowSwitchSeconds * target.ClockHertz / available;
        _turnaround = _timing.TurnaroundSeconds * target.ClockHertz / available;
        Latency = _timing.LatencySeconds * target.ClockHertz;
    }

    /// <summary>Cycles from the end of a transfer in memory to the data's being in a ring, or the reverse.</summary>
    public double Latency { get; }

    /// <summary>Reads a part of a run of bytes; the parts of a run follow one another.</summary>
    /// <param name="time">When it is asked for.</param>
    /// <param name="address">Where the run begins.</param>
    /// <param name="from">The part's first byte in the run.</param>
    /// <param name="to">The byte behind its last.</param>
    /// <returns>When the transfer begins; it ends at <see cref="Memory.Free"/>.</returns>
    public double Read(double time, long address, long from, long to) =>
        Serve(time, Cycles(address, to) - (from == 0 ? 0 : Cycles(address, from)));

    /// <summary>Writes rows to the channels, of which the fullest gets so many.</summary>
    public double Write(double time, long rows, long rowBytes)
    {
        long bursts = rows * ((rowBytes + (2L * _timing.BurstBytes) - 2) / _timing.BurstBytes);
        return Serve(time, _turnaround + _rowSwitch + (bursts * _timing.BurstBytes * _cyclesPerByte));
    }

    private double Cycles(long address, long bytes)
    {
        long first = address / _timing.BurstBytes * _timing.BurstBytes;
        long end = (address + bytes + _timing.BurstBytes - 1) / _timing.BurstBytes * _timing.BurstBytes;
        long rows = ((end - 1) / _timing.RowBytes) - (first / _timing.RowBytes) + 1;
        return ((end - first) * _cyclesPerByte) + (rows * _rowSwitch);
    }
}

/// <summary>DDR, which all cores share.</summary>
internal sealed class DdrPort : Memory
{
    private readonly double _cyclesPerByte;
    private readonly int _burst;

    public DdrPort(Target target)
    {
        _cyclesPerByte = target.ClockHertz / target.Ddr.BytesPerSecond;
        _burst = target.Timing.Ddr.BurstBytes;
        Latency = target.Timing.Ddr.LatencySeconds * target.ClockHertz;
    }

    /// <summary>Cycles from the end of a transfer to the data's being there.</summary>
    public double Latency { get; }

    /// <summary>Reads or writes rows that do not lie together.</summary>
    /// <returns>When the transfer begins; it ends at <see cref="Memory.Free"/>.</returns>
    public double Access(double time, long rows, long rowBytes) =>
        Serve(time, rows * ((rowBytes + _burst - 1) / _burst * _burst) * _cyclesPerByte);

    /// <summary>Reads bytes that follow those read before.</summary>
    public double Continue(double time, long bytes) => Serve(time, bytes * _cyclesPerByte);
}
