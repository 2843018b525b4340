using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>Cycles and numbers that follow from one instruction and the machine alone: docs/timing.md §3.</summary>
/// <param name="target">The machine.</param>
/// <param name="geometry">The program's.</param>
internal sealed class InstructionCosts(Target target, Geometry geometry)
{
    // Probabilities of 14 bits reach the INT8 array as two planes of 7 bits: docs/numerics.md §3.
    private const int ProbabilityPlanes = 2;
    private const int MaskTokens = 64;

    private readonly double _macs = target.Core.Matrix.MacsPerCycle;
    private readonly double _fill = target.Timing.Pipeline.SpecialFillCycles;

    /// <summary>What an attention product needs of the matrix engine.</summary>
    /// <param name="Cycles">Of the array, for all keys.</param>
    /// <param name="Macs">Multiply-accumulates.</param>
    /// <param name="Rows">Rows taken off each KV ring.</param>
    /// <param name="RowBytes">Bytes of each.</param>
    /// <param name="Slots">Rows of slots; those beyond <paramref name="Rows"/> come from scratch.</param>
    public readonly record struct Attention(double Cycles, long Macs, long Rows, long RowBytes, long Slots);

    /// <summary>
    /// Rows of activations that the array is busy with: it takes M at once, or half as many on twice as many
    /// rows of weights, and so on down to one.
    /// </summary>
    public long Folded(long rows)
    {
        int most = target.Core.Matrix.Tokens;
        long rest = rows % most;
        long folded = rest == 0 ? 0 : 1;
        while (folded < rest)
        {
            folded *= 2;
        }

        return (rows - rest) + Math.Min(folded, most);
    }

    /// <summary>Cycles of the array for a product with weights.</summary>
    /// <param name="denseMacs">Of dense blocks, per token.</param>
    /// <param name="sparseMacs">Of sparse blocks, per token.</param>
    /// <param name="tokens">Tokens.</param>
    public double Product(long denseMacs, long sparseMacs, long tokens)
    {
        long folded = Folded(tokens);

        // The two products of a DSP share an operand. With several tokens that is the weight; with one it is the
        // activation, and two kept weights of a sparse block want different ones.
        int sparseShare = folded == 1 ? target.Core.Matrix.MacsPerDsp : 1;
        return ((double)denseMacs + ((double)sparseMacs * sparseShare)) * folded / _macs;
    }

    /// <summary>What <c>m*.score</c> needs.</summary>
    public Attention Score(MultiplyKeys i, long[] sources, int channels)
    {
        long tokens = i.Tokens.Evaluate(sources);
        long slots = i.Slots.Evaluate(sources);
        long d = i.HeadDim.Evaluate(sources);
        double visible = i.Mask.Evaluate(sources) == 0
            ? 1
            : VisibleShare(i.Past.Evaluate(sources), tokens, i.Window.Evaluate(sources));
        return Keys(tokens * i.Group.Evaluate(sources), slots, channels, d, visible)
            with { Rows = i.Rows.Evaluate(sources), RowBytes = d + MultiplyKeys.ScaleBytes };
    }

    /// <summary>What <c>m*.value</c> needs.</summary>
    public Attention Value(MultiplyValues i, long[] sources, int channels)
    {
        long d = i.HeadDim.Evaluate(sources);
        return Keys(
            i.Tokens.Evaluate(sources) * i.Group.Evaluate(sources), i.Slots.Evaluate(sources), channels, d, ProbabilityPlanes)
            with { Rows = i.Rows.Evaluate(sources), RowBytes = d };
    }

    /// <summary>
    /// Cycles of a special function: one result per lane and cycle for every sweep over a row, and the pipeline's
    /// latency for every sweep that needs the result of another.
    /// </summary>
    public double Special(Instruction instruction, long[] sources)
    {
        switch (instruction)
        {
            case DequantizeRows i:
                return Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
            case Measure i:
                return Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
            case QuantizeRows i:
                long tokens = i.Tokens.Evaluate(sources);
                return Sweep(tokens, i.Count.Evaluate(sources))
                    + (i.Norm.Evaluate(sources) == 1 ? Sweep(tokens, i.Segments.Evaluate(sources)) : 0);
            case QuantizeHeads i:
                return 2 * Sweep(
                    i.Tokens.Evaluate(sources), i.Heads.Evaluate(sources) * i.HeadDim.Evaluate(sources));
            case Exponentiate i:
                return Sweep(i.Rows.Evaluate(sources), i.Width.Evaluate(sources));
            case NormalizeHeads i:
                return Sweep(
                    i.Tokens.Evaluate(sources), i.Group.Evaluate(sources) * i.HeadDim.Evaluate(sources));
            case GateRows i:
                return Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
            default:
                throw new ArgumentException($"{instruction.Mnemonic} is no special function", nameof(instruction));
        }
    }

    /// <summary>Bytes that a core gives to the others in an exchange.</summary>
    public static long Given(Instruction exchange, long[] sources) => exchange switch
    {
        Gather i => i.Bytes.Evaluate(sources) * i.Rows.Evaluate(sources),
        CombineMaxima i => sizeof(float) * i.Count.Evaluate(sources),
        CombineSums i => sizeof(long) * i.Count.Evaluate(sources),
        _ => throw new ArgumentException($"{exchange.Mnemonic} is no exchange", nameof(exchange)),
    };

    /// <summary>
    /// Cycles of an exchange. Die regions lie in a row, so that an end of it gets everything of the others over
    /// one link, and the last byte crosses all links.
    /// </summary>
    /// <param name="total">Bytes that all cores give.</param>
    /// <param name="least">Bytes of the core that gives least.</param>
    public double Exchange(long total, long least) =>
        ((double)(total - least) / target.Core.ExchangeBytesPerCycle)
        + ((geometry.Cores.Count - 1) * target.Timing.Pipeline.ExchangeHopCycles);

    /// <summary>Rows that a store of the step's keys or values brings into the channels of a core.</summary>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="rotation">Offset of the channel for the first head, one more for each of the others.</param>
    /// <param name="heads">KV heads.</param>
    /// <param name="channels">Those of the core, by the numbers that the store counts.</param>
    /// <param name="everyChannel">How many the store counts.</param>
    /// <returns>Into the channel that gets most, and into all.</returns>
    public static (long Most, long All) Stored(
        long past, long tokens, long rotation, long heads, ChannelRange channels, int everyChannel)
    {
        (long most, long all) = (0, 0);
        for (int i = 0; i < channels.Count; i++)
        {
            long rows = 0;
            for (long head = 0; head < heads; head++)
            {
                long first = (channels.First + i - rotation - head - past) % everyChannel;
                first += first < 0 ? everyChannel : 0;
                rows += first < tokens ? (tokens - first + everyChannel - 1) / everyChannel : 0;
            }

            most = Math.Max(most, rows);
            all += rows;
        }

        return (most, all);
    }

    private Attention Keys(long queries, long slots, int channels, long d, double share)
    {
        double keys = slots * channels * share;
        return new Attention(Folded(queries) * keys * d / _macs, (long)(queries * keys * d), 0, 0, slots);
    }

    private double Sweep(long rows, long count)
    {
        long cycles = rows * ((count + target.Core.SpecialLanes - 1) / target.Core.SpecialLanes);
        return cycles == 0 ? 0 : cycles + _fill;
    }

    // Blocks of 64 tokens by 64 keys that have a visible key, of all; the mask's own bits are data and count as 1.
    private static double VisibleShare(long past, long tokens, long window)
    {
        long visible = 0;
        long all = 0;
        long lastKeys = (past + tokens - 1) / MaskTokens;
        for (long block = past / MaskTokens; block <= lastKeys; block++)
        {
            long earliest = Math.Max(past, block * MaskTokens) - window + 1;
            long first = window == 0 ? 0 : Math.Max(0, earliest) / MaskTokens;
            visible += block - first + 1;
            all += lastKeys + 1;
        }

        return all == 0 ? 1 : (double)visible / all;
    }
}
