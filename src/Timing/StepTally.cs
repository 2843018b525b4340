using Flightc.Isa;
using Flightc.Packing;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>Adds up what a step moves and computes, and makes its result.</summary>
internal sealed class StepTally(StepCase step, Target target)
{
    private StepTraffic _traffic;
    private StepMacs _macs;
    private long _scratch;

    public void WeightPages(long bytes) => _traffic = _traffic with { Weights = _traffic.Weights + bytes };

    public void CacheRows(long bytes) => _traffic = _traffic with { CacheRead = _traffic.CacheRead + bytes };

    public void Stored(long bytes) => _traffic = _traffic with { CacheWritten = _traffic.CacheWritten + bytes };

    public void Tables(long bytes) => _traffic = _traffic with { Tables = _traffic.Tables + bytes };

    public void Ids(long bytes) => _traffic = _traffic with { IdsAndLogits = _traffic.IdsAndLogits + bytes };

    public void Logits(long bytes) => _traffic = _traffic with { IdsAndLogits = _traffic.IdsAndLogits + bytes };

    public void Scratch(long bytes) => _scratch += bytes;

    public void Attention(long macs) => _macs = _macs with { Attention = _macs.Attention + macs };

    /// <summary>A product takes its tiles: what of the pages was no codes.</summary>
    public void Product(ChannelWork work, long tokens)
    {
        _macs = _macs with { Weights = _macs.Weights + (work.Macs * tokens) };
        _traffic = _traffic with
        {
            Weights = _traffic.Weights - work.ScaleBytes - work.IndexBytes,
            Scales = _traffic.Scales + work.ScaleBytes,
            Indices = _traffic.Indices + work.IndexBytes,
        };
    }

    /// <summary>The result of a step that has ended.</summary>
    public StepTiming Finish(double cycles, IReadOnlyList<CoreRun> cores, DdrPort ddr)
    {
        _traffic = _traffic with { Instructions = cores.Sum(c => c.Units.Sum(u => u.Fetch.Bytes)) };
        double seconds = cycles / target.ClockHertz;
        double hbmPerSecond = _traffic.Hbm / seconds;
        EnergyConstants energy = target.Energy;

        // What goes through a ring is written to it and read from it.
        long onChip = _scratch + (2 * (_traffic.Hbm - _traffic.CacheWritten)) + _traffic.CacheWritten;
        return new StepTiming
        {
            Case = step,
            Cycles = cycles,
            Seconds = seconds,
            Units = [.. cores.Select(c => (IReadOnlyList<UnitTime>)[.. c.Units.Select(u => u.Total(cycles))])],
            Traffic = _traffic,
            Macs = _macs,
            MacUtilization = _macs.Total / (cycles * target.PeakMacsPerCycle),
            HbmBytesPerSecond = hbmPerSecond,
            HbmUtilization = hbmPerSecond / target.PeakHbmBytesPerSecond,
            Energy = new StepEnergy(
                _traffic.Hbm * energy.HbmJoulesPerByte, _traffic.Ddr * energy.DdrJoulesPerByte,
                _macs.Total * energy.MacJoules, onChip * energy.ScratchJoulesPerByte, seconds * energy.StaticWatts),
            Bottleneck = Busiest(cycles, cores, ddr),
        };
    }

    private static Bottleneck Busiest(double cycles, IReadOnlyList<CoreRun> cores, DdrPort ddr)
    {
        Bottleneck[] resources =
        [
            new("hbm", cores.Max(c => c.Hbm.Busy) / cycles),
            new("matrix", cores.Max(c => c.ArrayCycles) / cycles),
            new("special", cores.Max(c => c.Units[(int)Unit.Misc].Busy) / cycles),
            new("exchange", cores.Max(c => c.Units[(int)Unit.Exchange].Busy) / cycles),
            new("ddr", ddr.Busy / cycles),
        ];
        Bottleneck busiest = resources[0];
        foreach (Bottleneck resource in resources)
        {
            busiest = resource.Share > busiest.Share ? resource : busiest;
        }

        return busiest;
    }
}
