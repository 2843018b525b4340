using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>Cycles and numbers that follow from one instruction and the machine alone: docs/timing.md §3.</summary>
/// <param name="units">What the machine's units take.</param>
internal sealed class InstructionCosts(UnitTimes units)
{
    /// <summary>What an attention product needs of the matrix engine.</summary>
    /// <param name="RowCycles">Of the array, for what comes off the rings.</param>
    /// <param name="RestCycles">Of the array, for keys in scratch.</param>
    /// <param name="Macs">Multiply-accumulates.</param>
    /// <param name="Rows">Rows taken off each KV ring; skipped ones are none.</param>
    /// <param name="RowBytes">Bytes of each.</param>
    public readonly record struct Attention(double RowCycles, double RestCycles, long Macs, long Rows, long RowBytes)
    {
        /// <summary>Of the array, for all keys.</summary>
        public double Cycles => RowCycles + RestCycles;
    }

    /// <summary>What <c>m*.score</c> needs.</summary>
    /// <param name="i">The instruction.</param>
    /// <param name="sources">Values of registers and loop indices.</param>
    /// <param name="channels">Channels of its core.</param>
    /// <param name="allChannels">Channels of the machine; those of the core by default.</param>
    /// <param name="masks">The attention masks in the core's scratch; every block counts as kept where null.</param>
    public Attention Score(MultiplyKeys i, long[] sources, int channels, int? allChannels = null, MaskPlaces? masks = null)
    {
        long past = i.Past.Evaluate(sources);
        long tokens = i.Tokens.Evaluate(sources);
        long group = i.Group.Evaluate(sources);
        long slots = i.Slots.Evaluate(sources);
        long mask = i.Mask.Evaluate(sources);
        long d = i.HeadDim.Evaluate(sources);
        long window = i.Window.Evaluate(sources);
        MaskedWork? work = mask == 0 || tokens == 0
            ? null
            : new MaskedWork(
                past, tokens, group, SpreadOf(i.Local, sources, channels, allChannels), slots,
                InWindow(MaskAt(masks, mask, i.MaskPitch.Evaluate(sources)), past, window));
        return Product(work, tokens * group, i.Rows.Evaluate(sources), slots, channels, d, 1)
            with { RowBytes = MultiplyKeys.RowBytes(d, i.Packed.Evaluate(sources) == 1) };
    }

    /// <summary>What <c>m*.value</c> needs.</summary>
    /// <param name="i">The instruction.</param>
    /// <param name="sources">Values of registers and loop indices.</param>
    /// <param name="channels">Channels of its core.</param>
    /// <param name="allChannels">Channels of the machine; those of the core by default.</param>
    /// <param name="masks">The attention masks in the core's scratch; every block counts as kept where null.</param>
    public Attention Value(MultiplyValues i, long[] sources, int channels, int? allChannels = null, MaskPlaces? masks = null)
    {
        long tokens = i.Tokens.Evaluate(sources);
        long group = i.Group.Evaluate(sources);
        long slots = i.Slots.Evaluate(sources);
        long d = i.HeadDim.Evaluate(sources);
        MaskedWork? work = !i.IsMasked || tokens == 0
            ? null
            : new MaskedWork(
                i.Past.Evaluate(sources), tokens, group, SpreadOf(i.Local, sources, channels, allChannels), slots,
                MaskAt(masks, i.Mask.Evaluate(sources), i.MaskPitch.Evaluate(sources)));
        return Product(work, tokens * group, i.Rows.Evaluate(sources), slots, channels, d, UnitTimes.ProbabilityPlanes)
            with { RowBytes = MultiplyValues.RowBytes(d, i.Packed.Evaluate(sources) == 1) };
    }

    /// <summary>The runs of rows that <c>ld.kvmask</c> brings, of all heads in turn.</summary>
    /// <param name="i">The instruction.</param>
    /// <param name="sources">Values of registers and loop indices.</param>
    /// <param name="channels">Channels of its core.</param>
    /// <param name="allChannels">Channels of the machine; those of the core by default.</param>
    /// <param name="masks">The attention masks in the core's scratch; every block counts as kept where null.</param>
    public static List<(long Address, long Rows)> KeptRuns(LoadCache i, long[] sources, int channels, int? allChannels = null, MaskPlaces? masks = null)
    {
        List<(long Address, long Rows)> runs = [];
        long rows = i.Rows.Evaluate(sources);
        long tokens = i.Tokens.Evaluate(sources);
        for (long head = 0; head < i.Heads.Evaluate(sources) && tokens > 0; head++)
        {
            long address = i.Address.Evaluate(sources) + (head * i.HeadPitch.Evaluate(sources));
            long group = i.Group.Evaluate(sources);
            long pitch = i.MaskPitch.Evaluate(sources);
            MaskedWork work = new(
                i.Past.Evaluate(sources), tokens, group, SpreadOf(i.Local, sources, channels, allChannels), rows,
                MaskAt(masks, i.Mask.Evaluate(sources) + (head * group * pitch), pitch));
            runs.AddRange(work.Runs(rows).Select(run => (address + (run.First * i.Bytes.Evaluate(sources)), run.Count)));
        }

        return runs;
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
            case ActivateRows i:
                return units.Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
            case AddRows i:
                return units.Sweep(i.Tokens.Evaluate(sources), i.Count.Evaluate(sources));
            case NormalizeRows i:
                return (2 + i.Layer.Evaluate(sources)) * units.Sweep(
                    i.Tokens.Evaluate(sources), i.Heads.Evaluate(sources) * i.Count.Evaluate(sources));
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

    // A row of slots has a key of each of the core's channels.
    private Attention Product(MaskedWork? work, long queries, long rows, long slots, int channels, long d, int planes)
    {
        double Cycles(long queryRows) => units.Attention(queryRows, channels, d) * planes;
        if (work is null)
        {
            double perSlot = Cycles(queries);
            return new Attention(
                rows * perSlot, Math.Max(0, slots - rows) * perSlot, queries * slots * channels * d * planes, rows, 0);
        }

        long needed = work.NeededRows(rows);
        double off = work.Sum(0, rows, Cycles);
        double rest = work.Sum(rows, slots, Cycles);
        double macs = work.Sum(0, slots, q => (double)q * channels * d * planes);
        return new Attention(needed == 0 ? 0 : off, rest + (needed == 0 ? off : 0), (long)macs, needed, 0);
    }

    private static long SpreadOf(Operand local, long[] sources, int channels, int? allChannels) =>
        local.Evaluate(sources) == 1 ? channels : allChannels ?? channels;

    private static KeptBlock MaskAt(MaskPlaces? masks, long address, long pitch) =>
        masks is null ? (_, _, _) => true : masks.MaskAt(address, pitch);

    // Blocks that the window hides from all of a block's tokens.
    private static KeptBlock InWindow(KeptBlock mask, long past, long window) => window == 0 ? mask : (row, head, key) =>
    {
        long earliest = Math.Max(past, ((past / 64) + row) * 64) - window + 1;
        return key >= Math.Max(0, earliest) / 64 && mask(row, head, key);
    };
}
