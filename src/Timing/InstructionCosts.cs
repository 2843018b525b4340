using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>Cycles and numbers that follow from one instruction and the machine alone: docs/timing.md §3.</summary>
/// <param name="units">What the machine's units take.</param>
internal sealed class InstructionCosts(UnitTimes units)
{
    private const int MaskTokens = 64;

    /// <summary>What an attention product needs of the matrix engine.</summary>
    /// <param name="Cycles">Of the array, for all keys.</param>
    /// <param name="Macs">Multiply-accumulates.</param>
    /// <param name="Rows">Rows taken off each KV ring.</param>
    /// <param name="RowBytes">Bytes of each.</param>
    /// <param name="Slots">Rows of slots; those beyond <paramref name="Rows"/> come from scratch.</param>
    public readonly record struct Attention(double Cycles, long Macs, long Rows, long RowBytes, long Slots);

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
            with { Rows = i.Rows.Evaluate(sources), RowBytes = MultiplyKeys.RowBytes(d, i.Packed.Evaluate(sources) == 1) };
    }

    /// <summary>What <c>m*.value</c> needs.</summary>
    public Attention Value(MultiplyValues i, long[] sources, int channels)
    {
        long d = i.HeadDim.Evaluate(sources);
        return Keys(
            i.Tokens.Evaluate(sources) * i.Group.Evaluate(sources), i.Slots.Evaluate(sources), channels, d, UnitTimes.ProbabilityPlanes)
            with { Rows = i.Rows.Evaluate(sources), RowBytes = MultiplyValues.RowBytes(d, i.Packed.Evaluate(sources) == 1) };
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
                return units.Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
            case Measure i:
                return units.Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
            case QuantizeRows i:
                long tokens = i.Tokens.Evaluate(sources);
                return units.Sweep(tokens, i.Count.Evaluate(sources))
                    + (i.Norm.Evaluate(sources) == 1 ? units.Sweep(tokens, i.Segments.Evaluate(sources)) : 0);
            case QuantizeHeads i:
                return 2 * units.Sweep(
                    i.Tokens.Evaluate(sources), i.Heads.Evaluate(sources) * i.HeadDim.Evaluate(sources));
            case Exponentiate i:
                return units.Sweep(i.Rows.Evaluate(sources), i.Width.Evaluate(sources));
            case NormalizeHeads i:
                return units.Sweep(
                    i.Tokens.Evaluate(sources), i.Group.Evaluate(sources) * i.HeadDim.Evaluate(sources));
            case GateRows i:
                return units.Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
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
        return new Attention(units.Attention(queries, keys, d), (long)(queries * keys * d), 0, 0, slots);
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
