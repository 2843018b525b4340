using Flightc.Packing;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>The time of a step in closed form, from a model and a machine alone: for screening machines that nothing
/// was compiled for. docs/explore.md has the formulas; <see cref="CycleModel"/> judges.</summary>
/// <remarks>
/// A layer is four products. Before each of them values cross the cores and the special-function unit works on them,
/// and the matrix engine waits; meanwhile weights run ahead until the rings are full. A product takes as long as the
/// engine needs, or as what the rings lack of its bytes takes to come. All channels are taken to be equally busy.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="target">The machine.</param>
/// <param name="explanation">What is taken to be lost beyond what the machine's parts say.</param>
public sealed class StepRoofline(ModelWork model, Target target, Explanation explanation)
{
    private const int Float = sizeof(float);
    private const int SegmentElements = 64;

    // Units that wait for one another on the way through a norm, an exchange or an attention's end.
    private const int TokensPerStall = 6;
    private const int PieceRows = 512;

    private readonly int _cores = target.CoreChannels.Count;
    private readonly UnitTimes _units = new(target);
    private readonly double _bytes = target.Channels * target.HbmBytesPerCycle * Available(target);
    private readonly double _port = target.Channels * (double)target.Buffers.WidthBytes;
    private readonly double _ring = target.Channels * (double)target.Buffers.WeightRingBytes;
    private readonly double _cacheRing = target.Channels * (double)target.Buffers.CacheRingBytes;
    private readonly PipelineTiming _pipeline = target.Timing.Pipeline;

    private readonly double _barrier =
        explanation == Explanation.Barrier ? target.Timing.Fitted.BarrierSeconds * target.ClockHertz : 0;

    private readonly double _load =
        explanation == Explanation.Load ? target.Timing.Fitted.LoadSeconds * target.ClockHertz : 0;

    /// <summary>Seconds of a decode step.</summary>
    /// <param name="past">Tokens before it.</param>
    public double Decode(double past)
    {
        double heads = CeilDiv(model.KvHeads, _cores);
        double group = (double)model.Heads / model.KvHeads;
        double norm = Exchange(Float * model.Hidden) + (2 * Sweep(model.Hidden)) + Sweep(model.Hidden / SegmentElements) + Drain;
        double keys = heads * past * model.HeadDim;
        double attention = AttentionStall(heads, group, past)
            + (group * keys * (1 + UnitTimes.ProbabilityPlanes) / target.Core.Matrix.MacsPerCycle)
            + Exchange(Float * model.Heads * model.HeadDim) + (2 * Sweep(model.Heads * model.HeadDim)) + Drain;
        double hidden = Sweep(PieceRows) + Exchange(Float * model.Intermediate) + (2 * Sweep(model.Intermediate)) + Drain;
        double gating = CeilDiv(model.Intermediate, _cores) / (double)target.Core.SpecialLanes;
        double cache = model.CacheBytesPerToken / (double)model.Layers * past;

        double time = 0;
        double level = _ring;
        for (int layer = 0; layer < model.Layers; layer++)
        {
            Wait(norm, _load * 2, ref time, ref level);
            Multiply(model.Projections, model.Layers, 1, 0, ref time, ref level);

            // Keys and values share the channels with the weights that run ahead; what their ring holds came earlier.
            double transfer = Math.Max(0, cache - _cacheRing) / _bytes;
            Wait(Math.Max(attention, transfer), (Math.Min(cache, _cacheRing) / _bytes) + transfer + (2 * _load), ref time, ref level);
            Multiply(model.Output, model.Layers, 1, 0, ref time, ref level);
            Wait(norm, _load, ref time, ref level);
            Multiply(model.GateUp, model.Layers, 1, gating, ref time, ref level);
            Wait(hidden, _load, ref time, ref level);
            Multiply(model.Down, model.Layers, 1, 0, ref time, ref level);
        }

        Wait(norm, _load, ref time, ref level);
        Multiply(model.Head, 1, 1, 0, ref time, ref level);
        return time / target.ClockHertz;
    }

    /// <summary>Seconds of a prefill step.</summary>
    /// <param name="past">Tokens before it.</param>
    /// <param name="tokens">Tokens of the step, at least 1.</param>
    public double Prefill(double past, long tokens)
    {
        double heads = CeilDiv(model.KvHeads, _cores);
        double group = (double)model.Heads / model.KvHeads;
        double hiddenSlice = (double)model.Hidden / _cores;
        double norm = tokens * (2 * hiddenSlice / target.Core.SpecialLanes) + (2 * _pipeline.SpecialFillCycles)
            + Exchange(tokens * model.Hidden) + Exchange(tokens * Float) + Drain;
        double values = (double)model.Heads * model.HeadDim / _cores;
        double rows = 2 * tokens * (values * (model.Heads + (2.0 * model.KvHeads)) / model.Heads) / target.Core.SpecialLanes;
        double keys = past + tokens;
        double attention = rows
            + (heads * group * tokens * keys / target.Core.SpecialLanes)
            + (_units.Folded(tokens * (long)group) * heads * keys * model.HeadDim * (1 + UnitTimes.ProbabilityPlanes) / target.Core.Matrix.MacsPerCycle)
            + (3 * tokens * values / target.Core.SpecialLanes) + Exchange(tokens * model.Heads * model.HeadDim) + Drain;
        double slice = (double)model.Intermediate / _cores;
        double hidden = (2 * tokens * slice / target.Core.SpecialLanes) + Exchange(tokens * model.Intermediate) + Drain;
        double gating = tokens * slice / target.Core.SpecialLanes;

        double time = 0;
        double level = _ring;
        for (int layer = 0; layer < model.Layers; layer++)
        {
            Wait(norm, _load * 2, ref time, ref level);
            Multiply(model.Projections, model.Layers, tokens, 0, ref time, ref level);
            Wait(attention, 2 * _load, ref time, ref level);
            Multiply(model.Output, model.Layers, tokens, 0, ref time, ref level);
            Wait(norm, _load, ref time, ref level);
            Multiply(model.GateUp, model.Layers, tokens, gating, ref time, ref level);
            Wait(hidden, _load, ref time, ref level);
            Multiply(model.Down, model.Layers, tokens, 0, ref time, ref level);
        }

        Wait(norm, _load, ref time, ref level);
        Multiply(model.Head, 1, 1, 0, ref time, ref level);
        return time / target.ClockHertz;
    }

    // Refresh, and a row switch for every row of the DRAM: docs/timing.md §4.
    private static double Available(Target target)
    {
        HbmTiming hbm = target.Timing.Hbm;
        double row = hbm.RowBytes / target.Hbm.ChannelBytesPerSecond;
        return (1 - hbm.RefreshShare) * row / (row + hbm.RowSwitchSeconds);
    }

    private double Drain => _pipeline.MatrixFillCycles + (TokensPerStall * _pipeline.TokenCycles);

    private static long CeilDiv(long a, long b) => (a + b - 1) / b;

    private double Sweep(double elements) => Math.Ceiling(elements / target.Core.SpecialLanes) + _pipeline.SpecialFillCycles;

    // Every core gets what the others have.
    private double Exchange(double bytes) =>
        _units.Exchange(bytes, bytes / _cores) + _barrier;

    // Codes of heads, softmax of all heads but the one that is scored meanwhile, output.
    private double AttentionStall(double heads, double group, double past) =>
        (2 * Sweep(heads * group * model.HeadDim)) + (4 * Sweep(heads * model.HeadDim))
        + (heads * (group * Math.Ceiling(past / target.Core.SpecialLanes) + _pipeline.SpecialFillCycles))
        + Sweep(heads * group * model.HeadDim) + (heads * _pipeline.MatrixFillCycles);

    // The engine waits; the channels load ahead for as long as nothing else takes them and the rings have room.
    private void Wait(double cycles, double taken, ref double time, ref double level)
    {
        time += cycles;
        level = Math.Min(_ring, level + ((cycles - taken) * _bytes));
    }

    private void Multiply(ChannelWork work, double parts, long tokens, double least, ref double time, ref double level)
    {
        double bytes = work.Bytes / parts;
        double array = _units.Product(work.DenseMacs, work.SparseMacs, tokens) / parts / _cores;
        double cycles = Math.Max(Math.Max(array, least), Math.Max(bytes / _port, (bytes - level) / _bytes));
        time += cycles;
        level = Math.Min(_ring, level + (cycles * _bytes) - bytes);
    }
}
