namespace Flightc.Isa;

/// <summary>
/// Which bytes an instruction reads and writes, exactly as its semantics say; nothing is listed where nothing
/// is touched.
/// </summary>
/// <remarks>
/// Four accesses are wider than the truth: a gated <c>misc.activate</c> reads whole pairs of blocks save in the last, so
/// gaps count as read; <c>ld.indexed</c> may read any row that a token id names; a mask is read from the first query
/// head to the last, gaps between their strings included; and <c>ld.kvmask</c> counts as reading the rows that it
/// skips, since which these are is data. What an instruction updates in place it reads and writes in the field
/// <c>out</c>. Rings are not memory: see
/// <see cref="RingTraffic"/>.
/// </remarks>
/// <param name="program">Geometry, and the vocabulary that bounds indices.</param>
/// <param name="core">The core whose stream the instruction stands in.</param>
public sealed class InstructionAccess(MachineProgram program, int core)
{
    private const int F32 = 4;
    private const int I64 = 8;
    private const int U16 = 2;
    private const int Byte = 1;

    // Group of columns that shares a bit of the block mask of mm.score, and bits of a byte.
    private const int MaskTokens = 64;
    private const int ByteBits = 8;

    private readonly ChannelRange _channels = program.Geometry.Cores[core];
    private readonly int _allChannels = program.Geometry.Channels;
    private List<Access> _accesses = [];

    /// <summary>Adds the accesses of an instruction to a list, in the order of its semantics.</summary>
    /// <param name="resolved">An instruction whose fields are constants, none of them negative:
    /// <see cref="Instruction.Resolve"/>.</param>
    /// <param name="accesses">Where to add them.</param>
    public void List(Instruction resolved, List<Access> accesses)
    {
        _accesses = accesses;
        switch (resolved)
        {
            case LoadWeights i:
                Channels(i.Address, 1, 0, i.Pages.Constant * program.Geometry.PageBytes, "addr");
                break;
            case LoadCache i:
                Channels(i.Address, i.Heads, i.HeadPitch, i.Rows.Constant * i.Bytes.Constant, "addr");
                if (i.IsMasked && i.Rows.Constant > 0)
                {
                    Mask(
                        i.Mask, i.MaskStride, i.MaskPitch, i.Heads.Constant * i.Group.Constant, i.Past.Constant, i.Tokens.Constant,
                        i.Past.Constant - 1);
                }

                break;
            case LoadTable i:
                Ddr(i.Address, i.Rows, i.Pitch, i.Bytes, isWrite: false, Byte, "addr");
                Scratch(i.Destination, i.Rows, i.Stride, i.Bytes, isWrite: true, Byte, "dst");
                break;
            case LoadIndexed i:
                Ddr(i.Index, 1, 0, i.Rows.Constant * sizeof(uint), isWrite: false, sizeof(uint), "index");
                Ddr(
                    i.Address, i.Rows.Constant > 0 ? program.Memory.VocabularySize : 0, i.Pitch, i.Bytes,
                    isWrite: false, Byte, "addr");
                Scratch(i.Destination, i.Rows, i.Stride, i.Bytes, isWrite: true, Byte, "dst");
                break;
            case StoreCache i:
                for (long head = 0; head < i.Heads.Constant; head++)
                {
                    Append(
                        i.Source.Constant + (head * i.HeadStride.Constant), i.Stride,
                        i.Bytes.Constant * (1 + i.Packed.Constant), Byte,
                        i.Address.Constant + (head * i.HeadPitch.Constant), i.Pitch, i.Bytes, Byte,
                        i.Rotation.Constant + head, i.Past, i.Tokens, i.Local);
                }

                break;
            case StoreCacheScale i:
                for (long head = 0; head < i.Heads.Constant; head++)
                {
                    Append(
                        i.Source.Constant + (head * i.HeadStride.Constant), i.Stride, F32, F32,
                        i.Address.Constant + (head * i.HeadPitch.Constant), i.Pitch, U16, U16,
                        i.Rotation.Constant + head, i.Past, i.Tokens, i.Local);
                }

                break;
            case StoreRows i:
                Scratch(i.Source, i.Rows, i.Stride, i.Bytes, isWrite: false, Byte, "src");
                Ddr(i.Address, i.Rows, i.Pitch, i.Bytes, isWrite: true, Byte, "addr");
                break;
            case Gather i:
                Give(i);
                break;
            case CombineMaxima i:
                Combine(i.Address, i.Count, F32);
                break;
            case CombineSums i:
                Combine(i.Address, i.Count, I64);
                break;
            case MultiplyWeights i:
                Weights(i);
                break;
            case MultiplyKeys i:
                Keys(i);
                break;
            case MultiplyValues i:
                Values(i);
                break;
            default:
                Special(resolved);
                break;
        }
    }

    private void Special(Instruction resolved)
    {
        switch (resolved)
        {
            case DequantizeRows i when i.Count.Constant > 0 && i.Group.Constant > 0:
                long groups = CeilDiv(i.Columns.Constant, i.Group.Constant);
                long firstGroup = i.First.Constant / i.Group.Constant;
                long lastGroup = (i.First.Constant + i.Count.Constant - 1) / i.Group.Constant;
                Read(i.Source, i.Tokens, i.Stride, F32, F32, "src");
                Read(
                    i.Source.Constant + F32 + firstGroup, i.Tokens, i.Stride, lastGroup - firstGroup + 1,
                    Byte, "src");
                long firstByte = i.First.Constant * i.Bits.Constant / ByteBits;
                Read(
                    i.Source.Constant + F32 + groups + firstByte, i.Tokens, i.Stride,
                    CeilDiv((i.First.Constant + i.Count.Constant) * i.Bits.Constant, ByteBits) - firstByte, Byte, "src");
                Write(i.Out, i.Tokens, i.OutStride, F32 * i.Count.Constant, F32, "out");
                break;
            case Measure i:
                Read(i.Source, i.Tokens, i.Stride, F32 * i.Count.Constant, F32, "src");
                Read(i.Weight, i.Weighted.Constant * One(i.Tokens), 0, F32 * i.Count.Constant, F32, "weight");
                Write(i.Maxima, 1, 0, F32 * i.Tokens.Constant, F32, "maxima");
                Write(
                    i.Sums, i.Squares.Constant * i.Tokens.Constant, i.SumStride,
                    F32 * CeilDiv(i.Count.Constant, 64), F32, "sums");
                break;
            case QuantizeRows i:
                Read(i.Source, i.Tokens, i.Stride, F32 * i.Count.Constant, F32, "src");
                Read(i.Weight, i.Weighted.Constant * One(i.Tokens), 0, F32 * i.Count.Constant, F32, "weight");
                Read(i.Maxima, 1, 0, F32 * i.Tokens.Constant, F32, "maxima");
                Read(
                    i.Sums, i.Norm.Constant * i.Tokens.Constant, i.SumStride, F32 * i.Segments.Constant, F32,
                    "sums");
                Write(i.Codes, i.Tokens, i.CodeStride, i.Count, Byte, "codes");
                Write(i.Scales, 1, 0, F32 * i.Tokens.Constant, F32, "scales");
                break;
            case QuantizeHeads i:
                long elements = i.Heads.Constant * i.HeadDim.Constant;
                Read(i.Source, i.Tokens, i.Stride, F32 * elements, F32, "src");
                Read(i.Table, i.Tokens, i.TableStride, F32 * i.Rotated.Constant, F32, "table");
                Write(i.Codes, i.Tokens, i.CodeStride, elements, Byte, "codes");
                Write(i.Scales, i.Tokens, i.ScaleStride, F32 * i.Heads.Constant, F32, "scales");
                break;
            case Exponentiate i:
                long scores = i.Rows.Constant * i.Width.Constant;
                Read(i.Scores, 1, 0, F32 * scores, F32, "scores");
                Read(i.Values, One(i.Rows), 0, F32 * i.Width.Constant, F32, "values");
                Read(i.Maxima, 1, 0, F32 * i.Rows.Constant, F32, "maxima");
                Read(i.ValueMaxima, 1, 0, F32 * i.Rows.Constant, F32, "valuemaxima");
                Write(i.Out, 1, 0, U16 * scores, U16, "out");
                Write(i.Sums, 1, 0, I64 * i.Rows.Constant, I64, "sums");
                break;
            case NormalizeHeads i:
                long rows = i.Tokens.Constant * i.Group.Constant;
                Read(i.Source, 1, 0, I64 * rows * i.HeadDim.Constant, I64, "src");
                Read(i.Sums, 1, 0, I64 * rows, I64, "sums");
                Read(i.ValueMaxima, 1, 0, F32 * rows, F32, "valuemaxima");
                Write(i.Out, i.Tokens, i.OutStride, F32 * i.Group.Constant * i.HeadDim.Constant, F32, "out");
                break;
            case ActivateRows { Gated.Constant: 1 } i:
                // Alternating blocks of 16: 128 bytes for every whole pair; of the last pair up to the last wanted u.
                long rest = i.Count.Constant % 16;
                Read(
                    i.Source, i.Tokens, i.Stride,
                    (128 * (i.Count.Constant / 16)) + (rest > 0 ? 64 + (F32 * rest) : 0), F32, "src");
                Write(i.Out, i.Tokens, i.OutStride, F32 * i.Count.Constant, F32, "out");
                break;
            case ActivateRows i:
                Read(i.Source, i.Tokens, i.Stride, F32 * i.Count.Constant, F32, i.IsInPlace ? "out" : "src");
                Write(i.Out, i.Tokens, i.OutStride, F32 * i.Count.Constant, F32, "out");
                break;
            case AddRows i:
                // The same vector for all tokens is one row.
                Read(
                    i.Source, i.Stride.Constant == 0 ? One(i.Tokens) : i.Tokens, i.Stride, F32 * i.Count.Constant, F32, "src");
                Read(i.Out, i.Tokens, i.OutStride, F32 * i.Count.Constant, F32, "out");
                Write(i.Out, i.Tokens, i.OutStride, F32 * i.Count.Constant, F32, "out");
                break;
            case NormalizeRows i:
                long normed = i.Heads.Constant * i.Count.Constant;
                long norms = One(i.Tokens) * One(i.Heads);
                Read(i.Source, i.Tokens, i.Stride, F32 * normed, F32, i.IsInPlace ? "out" : "src");
                Read(i.Weight, norms, 0, F32 * i.Count.Constant, F32, "weight");
                Read(i.Bias, i.Biased.Constant * norms, 0, F32 * i.Count.Constant, F32, "bias");
                Write(i.Out, i.Tokens, i.OutStride, F32 * normed, F32, "out");
                break;
        }
    }

    private void Weights(MultiplyWeights i)
    {
        if (i.Rows.Constant > 0)
        {
            Read(i.Codes, i.Tokens, i.CodeStride, i.Columns, Byte, "codes");
            Read(i.Scales, 1, 0, F32 * i.Tokens.Constant, F32, "scales");
            if (i.Add.Constant == 1)
            {
                Read(i.Out, i.Tokens, i.OutStride, F32 * i.Rows.Constant, F32, "out");
            }

            Write(i.Out, i.Tokens, i.OutStride, F32 * i.Rows.Constant, F32, "out");
        }
    }

    private void Keys(MultiplyKeys i)
    {
        long queries = i.Tokens.Constant * i.Group.Constant;
        long width = i.Slots.Constant * _channels.Count;
        long past = i.Past.Constant;
        int all = Apart(i.Local);
        Read(i.Codes, i.Tokens, i.CodeStride, i.Group.Constant * i.HeadDim.Constant, Byte, "codes");
        Read(i.Scales, i.Tokens, i.ScaleStride, F32 * i.Group.Constant, F32, "scales");
        for (int channel = 0; channel < _channels.Count; channel++)
        {
            (long first, long count) = Own(
                channel, all, i.Rotation.Constant, past, i.Tokens.Constant, i.Slots.Constant);
            EveryChannel(i.Keys, all, first, count, i.KeyStride, i.HeadDim.Constant, Byte, "keys");
            EveryChannel(i.KeyScales, all, first, count, i.ScaleStride, F32, F32, "keyscales");
            EveryChannel(i.ValueScales, all, first, count, i.ScaleStride, F32, F32, "valuescales");
        }

        if (i.Mask.Constant != 0)
        {
            Mask(
                i.Mask, i.MaskStride, i.MaskPitch, i.Group.Constant, past, i.Tokens.Constant,
                past + i.Tokens.Constant - 1);
        }

        Write(i.Out, 1, 0, F32 * queries * width, F32, "out");
        Write(i.Maxima, 1, 0, F32 * queries, F32, "maxima");
        Write(i.ValueMaxima, 1, 0, F32 * queries, F32, "valuemaxima");
        Write(i.Values, 1, 0, F32 * width, F32, "values");
    }

    private void Values(MultiplyValues i)
    {
        long queries = i.Tokens.Constant * i.Group.Constant;
        for (int channel = 0; channel < _channels.Count; channel++)
        {
            (long first, long count) = Own(
                channel, Apart(i.Local), i.Rotation.Constant, i.Past.Constant, i.Tokens.Constant,
                i.Slots.Constant);
            EveryChannel(i.Codes, Apart(i.Local), first, count, i.Stride, i.HeadDim.Constant, Byte, "values");
        }

        if (i.IsMasked)
        {
            Mask(
                i.Mask, i.MaskStride, i.MaskPitch, i.Group.Constant, i.Past.Constant, i.Tokens.Constant,
                i.Past.Constant + i.Tokens.Constant - 1);
        }

        Read(i.Probabilities, 1, 0, U16 * queries * i.Slots.Constant * _channels.Count, U16, "probabilities");
        Write(i.Out, 1, 0, I64 * queries * i.HeadDim.Constant, I64, "out");
    }

    // A row for each block of the step's tokens; of each query head's string the bytes up to the bit of the last key.
    private void Mask(
        Operand address, Operand stride, Operand pitch, long queryHeads, long past, long tokens, long lastKey)
    {
        if (tokens > 0 && queryHeads > 0 && lastKey >= 0)
        {
            long rows = ((past + tokens - 1) / MaskTokens) - (past / MaskTokens) + 1;
            Read(
                address, rows, stride, ((queryHeads - 1) * pitch.Constant) + (lastKey / MaskTokens / ByteBits) + 1, Byte,
                "mask");
        }
    }

    private void Append(
        Operand source, Operand stride, Operand sourceBytes, int sourceAlignment, Operand address,
        Operand pitch, Operand bytes, int alignment,
        Operand rotation, Operand past, Operand tokens, Operand local)
    {
        int all = Apart(local);
        for (int channel = 0; channel < _channels.Count; channel++)
        {
            (long first, long count) = Own(
                channel, all, rotation.Constant, past.Constant, tokens.Constant, long.MaxValue);
            EveryChannel(source, all, first, count, stride, sourceBytes.Constant, sourceAlignment, "src");
            long row = (past.Constant + first) / all;
            Add(
                MemorySpace.Channel, _channels.First + channel, address.Constant + (row * pitch.Constant),
                count, pitch, bytes, true, alignment, "addr");
        }
    }

    /// <summary>Channels that share a head's tokens: the core's own, or those of the machine.</summary>
    private int Apart(Operand local) => local.Constant == 1 ? _channels.Count : _allChannels;

    /// <summary>
    /// The step's tokens whose slot is in a channel: the number in the step of the first, and how many; each
    /// next one is <paramref name="all"/> further.
    /// </summary>
    private (long First, long Count) Own(int channel, int all, long rotation, long past, long tokens, long slots)
    {
        // Counted within the core, a distance is the same modulo n as counted from any channel on.
        long number = all == _allChannels ? _channels.First + channel : channel;
        long first = (number - rotation - past) % all;
        first += first < 0 ? all : 0;
        long count = first < tokens ? CeilDiv(tokens - first, all) : 0;
        return (first, Math.Min(count, Math.Max(0, slots - ((past + first) / all))));
    }

    private void EveryChannel(
        Operand address, int all, long first, long count, Operand stride, long bytes, int alignment, string field) =>
        Read(
            address.Constant + (first * stride.Constant), count, stride.Constant * all, bytes,
            alignment, field);

    private void Give(Gather i)
    {
        Read(i.Address, i.Rows, i.Stride, i.Bytes, Byte, "addr");
        for (int other = 0; other < program.Geometry.Cores.Count; other++)
        {
            if (other != core)
            {
                Add(MemorySpace.Scratch, other, i.Address.Constant, i.Rows, i.Stride, i.Bytes, true, Byte, "addr");
            }
        }
    }

    private void Combine(Operand address, Operand count, int size)
    {
        Read(address, 1, 0, size * count.Constant, size, "addr");
        Write(address, 1, 0, size * count.Constant, size, "addr");
    }

    private void Channels(Operand address, Operand rows, Operand pitch, long bytes, string field)
    {
        for (int channel = 0; channel < _channels.Count; channel++)
        {
            Add(MemorySpace.Channel, _channels.First + channel, address.Constant, rows, pitch, bytes, false, Byte, field);
        }
    }

    private void Ddr(Operand address, Operand rows, Operand stride, Operand bytes, bool isWrite, int alignment, string field) =>
        Add(MemorySpace.Ddr, 0, address.Constant, rows, stride, bytes, isWrite, alignment, field);

    private void Read(Operand address, Operand rows, Operand stride, Operand bytes, int alignment, string field) =>
        Scratch(address, rows, stride, bytes, isWrite: false, alignment, field);

    private void Write(Operand address, Operand rows, Operand stride, Operand bytes, int alignment, string field) =>
        Scratch(address, rows, stride, bytes, isWrite: true, alignment, field);

    private void Scratch(Operand address, Operand rows, Operand stride, Operand bytes, bool isWrite, int alignment, string field) =>
        Add(MemorySpace.Scratch, core, address.Constant, rows, stride, bytes, isWrite, alignment, field);

    private void Add(
        MemorySpace space, int index, long address, Operand rows, Operand stride, Operand bytes, bool isWrite,
        int alignment, string field)
    {
        if (rows.Constant > 0 && bytes.Constant > 0)
        {
            _accesses.Add(
                new(
                    space, index, address, rows.Constant, stride.Constant, bytes.Constant, isWrite, alignment,
                    field));
        }
    }

    private static long One(Operand count) => count.Constant > 0 ? 1 : 0;

    private static long CeilDiv(long a, long b) => (a / b) + (a % b > 0 ? 1 : 0);
}
