using Flightc.Isa;
using Flightc.Packing;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>What one instruction of a stream did in a step, all its iterations together.</summary>
/// <param name="core">Number of its core.</param>
/// <param name="unit">Its unit.</param>
/// <param name="index">Its number in the stream.</param>
/// <param name="provenance">What it is for.</param>
internal sealed class InstructionProfile(int core, Unit unit, int index, string provenance)
{
    /// <summary>Number of its core.</summary>
    public int Core { get; } = core;

    /// <summary>Its unit.</summary>
    public Unit Unit { get; } = unit;

    /// <summary>Its number in the stream.</summary>
    public int Index { get; } = index;

    /// <summary>What it is for.</summary>
    public string Provenance { get; } = provenance;

    /// <summary>How often it was executed.</summary>
    public long Count { get; set; }

    /// <summary>Cycles of work.</summary>
    public double Busy { get; set; }

    /// <summary>Cycles from start to end, over all iterations.</summary>
    public double Elapsed { get; set; }

    /// <summary>When the first iteration started.</summary>
    public double Start { get; set; } = double.PositiveInfinity;

    /// <summary>When the last iteration ended.</summary>
    public double End { get; set; }

    /// <summary>Cycles of waiting, by cause.</summary>
    public double[] Stalls { get; } = new double[StallNames.All.Count];

    /// <summary>Bytes of HBM that it moved; 0 for loads of weights, which serve many.</summary>
    public double HbmBytes { get; set; }

    /// <summary>Bytes of DDR that it moved.</summary>
    public double DdrBytes { get; set; }

    /// <summary>Tokens of a product, in the last iteration.</summary>
    public long Tokens { get; set; }

    /// <summary>Whether it multiplies by keys or values.</summary>
    public bool IsAttention { get; set; }

    /// <summary>What it takes off the weight rings; null for anything but a product.</summary>
    public ProductWork? Product { get; set; }
}

/// <summary>Adds up a step by instruction.</summary>
internal sealed class StepProfile : ITimingObserver
{
    private readonly InstructionProfile?[][][] _instructions;
    private readonly InstructionAccess[] _access;
    private readonly List<Access> _accesses = [];

    private StepProfile(Subject subject, Isa.EntryPoint entry)
    {
        _instructions =
            [.. entry.Streams.Select(core => core.Select(stream => new InstructionProfile?[stream.Count]).ToArray())];
        _access = [.. entry.Streams.Select((_, core) => new InstructionAccess(subject.Program, core))];
    }

    /// <summary>The result of the step.</summary>
    public StepTiming Timing { get; private set; } = null!;

    /// <summary>The instructions that were executed, by core, unit and number.</summary>
    public IEnumerable<InstructionProfile> Instructions =>
        _instructions.SelectMany(core => core.SelectMany(unit => unit)).OfType<InstructionProfile>();

    /// <summary>Models a step.</summary>
    public static StepProfile Of(Subject subject, StepCase step)
    {
        Isa.EntryPoint entry = subject.Program.Entries.Single(e => e.Name == step.Entry);
        StepProfile profile = new(subject, entry);
        profile.Timing = subject.Model.Run(step, Explanation.None, profile);
        foreach (ProductUse use in ProductUse.Of(entry))
        {
            if (profile._instructions[use.Core][(int)use.Unit][use.Index] is { } instruction)
            {
                instruction.Product = subject.Tiles.Work.Cores[use.Core][use.Number];
            }
        }

        return profile;
    }

    /// <inheritdoc/>
    public void Executed(
        int core, Unit unit, int index, Instruction resolved, double start, double end, ReadOnlySpan<Stall> stalls)
    {
        InstructionProfile profile = _instructions[core][(int)unit][index]
            ??= new InstructionProfile(core, unit, index, resolved.Provenance);
        double during = 0;
        foreach (Stall stall in stalls)
        {
            profile.Stalls[(int)stall.Cause] += stall.Cycles;
            during += stall.BeforeStart ? 0 : stall.Cycles;
        }

        profile.Count++;
        profile.Busy += end - start - during;
        profile.Elapsed += end - start;
        profile.Start = Math.Min(profile.Start, start);
        profile.End = Math.Max(profile.End, end);
        profile.Tokens = resolved is MultiplyWeights product ? product.Tokens.Constant : 0;
        profile.IsAttention = resolved is MultiplyKeys or MultiplyValues;
        if (unit is Unit.Load or Unit.Store && resolved is not (LoadWeights or Synchronize))
        {
            profile.HbmBytes += HbmMeter.ChannelBytes(_access[core], resolved, _accesses);
            profile.DdrBytes += HbmMeter.DdrBytes(_access[core], resolved, _accesses);
        }
    }

    /// <inheritdoc/>
    public void Claimed(int core, bool isWeights, double cycle, double bytes)
    {
    }
}
