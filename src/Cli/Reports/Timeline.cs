using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>One unit of one core over a step, in equal parts of its time.</summary>
/// <param name="core">Number of the core.</param>
/// <param name="unit">The unit.</param>
/// <param name="parts">How many parts.</param>
internal sealed class TimelineLane(int core, Unit unit, int parts)
{
    /// <summary>Number of the core.</summary>
    public int Core { get; } = core;

    /// <summary>The unit.</summary>
    public Unit Unit { get; } = unit;

    /// <summary>Share of each part in which it worked: 0 … 1.</summary>
    public double[] Busy { get; } = new double[parts];

    /// <summary>By cause: share of each part in which it waited.</summary>
    public double[][] Stalls { get; } = [.. StallNames.All.Select(_ => new double[parts])];

    /// <summary>When it ended its last instruction.</summary>
    public double Reached { get; set; }

    /// <summary>The cause it waited for longest in a part; null where it hardly waited.</summary>
    public StallCause? Wait(int part)
    {
        const double worthShowing = 0.05;
        StallCause? longest = null;
        double share = worthShowing;
        foreach (StallCause cause in StallNames.All)
        {
            if (Stalls[(int)cause][part] > share)
            {
                (longest, share) = (cause, Stalls[(int)cause][part]);
            }
        }

        return longest;
    }
}

/// <summary>One execution of an instruction.</summary>
/// <param name="Unit">Its unit.</param>
/// <param name="Name">Mnemonic and what it is for.</param>
/// <param name="Start">Cycle at which it started.</param>
/// <param name="End">Cycle at which it ended.</param>
/// <param name="Busy">Cycles of work in between.</param>
internal readonly record struct Execution(Unit Unit, string Name, double Start, double End, double Busy);

/// <summary>Sees a step whose length is known: each unit over time, and one layer of the first core in detail.</summary>
/// <remarks>Waiting within an instruction is spread evenly over it, since the model does not say more.</remarks>
internal sealed class Timeline : ITimingObserver
{
    /// <summary>Parts into which a step is divided.</summary>
    public const int Parts = 320;

    private readonly double _partCycles;
    private readonly TimelineLane[][] _lanes;
    private readonly List<(string Provenance, Execution Execution)> _first = [];

    private Timeline(int cores, double cycles)
    {
        _partCycles = cycles / Parts;
        _lanes = [.. Enumerable.Range(0, cores).Select(core => Enum.GetValues<Unit>().Select(unit => new TimelineLane(core, unit, Parts)).ToArray())];
    }

    /// <summary>The units that executed anything, by core.</summary>
    public IReadOnlyList<TimelineLane> Lanes { get; private set; } = [];

    /// <summary>The layer in the middle, on core 0: what it executed but for loads of weights, in order of start.</summary>
    public IReadOnlyList<Execution> Layer { get; private set; } = [];

    /// <summary>Number of that layer; -1 where no instruction belongs to a layer.</summary>
    public int LayerNumber { get; private set; } = -1;

    /// <summary>Models a step again, now that its length is known.</summary>
    /// <param name="subject">The program.</param>
    /// <param name="timing">The step's result.</param>
    public static Timeline Of(Subject subject, StepTiming timing)
    {
        Timeline timeline = new(timing.Units.Count, timing.Cycles);
        subject.Model.Run(timing.Case, Explanation.None, timeline);
        timeline.Lanes =
            [.. timeline._lanes.SelectMany(core => core).Where(lane => timing.Units[lane.Core][(int)lane.Unit].Instructions > 0)];
        foreach (TimelineLane lane in timeline.Lanes)
        {
            timeline.Spread(lane.Stalls[(int)StallCause.NothingLeft], lane.Reached, timing.Cycles, timing.Cycles - lane.Reached);
        }

        timeline.ChooseLayer();
        return timeline;
    }

    /// <inheritdoc/>
    public void Executed(
        int core, Unit unit, int index, Instruction resolved, double start, double end, ReadOnlySpan<Stall> stalls)
    {
        TimelineLane lane = _lanes[core][(int)unit];
        double at = lane.Reached;
        double busy = end - start;
        foreach (Stall stall in stalls)
        {
            if (stall.BeforeStart)
            {
                Spread(lane.Stalls[(int)stall.Cause], at, at + stall.Cycles, stall.Cycles);
                at += stall.Cycles;
            }
            else
            {
                Spread(lane.Stalls[(int)stall.Cause], start, end, stall.Cycles);
                busy -= stall.Cycles;
            }
        }

        Spread(lane.Busy, start, end, busy);
        lane.Reached = end;
        if (core == 0 && resolved is not (LoadWeights or Synchronize))
        {
            _first.Add((resolved.Provenance, new Execution(unit, $"{resolved.Mnemonic} {resolved.Provenance}", start, end, busy)));
        }
    }

    /// <inheritdoc/>
    public void Claimed(int core, bool isWeights, double cycle, double bytes)
    {
    }

    private void ChooseLayer()
    {
        int[] layers =
            [.. _first.Select(e => LayerNames.TryLayer(e.Provenance, out int layer, out _) ? layer : -1).Where(l => l >= 0).Distinct().Order()];
        if (layers.Length > 0)
        {
            LayerNumber = layers[layers.Length / 2];
            Layer =
            [
                .. _first.Where(e => LayerNames.TryLayer(e.Provenance, out int layer, out _) && layer == LayerNumber)
                    .Select(e => e.Execution).OrderBy(e => e.Start).ThenBy(e => e.Unit).ThenBy(e => e.End),
            ];
        }
    }

    // Adds so many cycles, evenly over a time, to the parts that it covers.
    private void Spread(double[] parts, double from, double to, double cycles)
    {
        if (cycles <= 0 || to <= from)
        {
            return;
        }

        double density = cycles / (to - from) / _partCycles;
        int last = Math.Min(Parts - 1, (int)(to / _partCycles));
        for (int part = Math.Min(Parts - 1, (int)(from / _partCycles)); part <= last; part++)
        {
            double left = Math.Max(from, part * _partCycles);
            double right = Math.Min(to, (part + 1) * _partCycles);
            parts[part] += Math.Max(0, right - left) * density;
        }
    }
}
