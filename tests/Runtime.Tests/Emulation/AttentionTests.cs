using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Tests.Emulation;

public sealed class AttentionTests
{
    private const int Channels = 5;

    [Theory]
    [InlineData(0, 1, 1, 64)]
    [InlineData(1, 1, 4, 128)]
    [InlineData(77, 1, 4, 8)]
    [InlineData(300, 1, 8, 80)]
    [InlineData(0, 17, 2, 64)]
    [InlineData(63, 33, 3, 36)]
    [InlineData(129, 64, 2, 32)]
    public void Attention_of_one_head_is_that_of_the_interpreter(int past, int tokens, int group, int headDim)
    {
        byte[] result = Check(past, tokens, group, headDim, window: 0, mask: false, channels: [Channels]);
        Assert.All(ScratchImage.Read<float>(result, _outAddress, tokens * group * headDim).Chunk(headDim), o => Assert.Contains(o, e => e != 0f));
    }

    [Theory]
    [InlineData(1, 1, 4, 128)]
    [InlineData(77, 1, 4, 8)]
    [InlineData(300, 1, 8, 80)]
    [InlineData(0, 17, 2, 64)]
    [InlineData(63, 33, 3, 36)]
    [InlineData(60, 5, 3, 14)]
    [InlineData(129, 64, 2, 32)]
    public void Attention_to_codes_of_four_bits_is_that_of_the_interpreter(int past, int tokens, int group, int headDim)
    {
        byte[] result = Check(past, tokens, group, headDim, window: 0, mask: false, channels: [Channels], isPacked: true);
        Assert.All(ScratchImage.Read<float>(result, _outAddress, tokens * group * headDim).Chunk(headDim), o => Assert.Contains(o, e => e != 0f));
        Check(past, tokens, group, headDim, window: 0, mask: false, channels: [3, 2], isPacked: true);
    }

    [Fact]
    public void Windows_and_block_masks_hide_keys()
    {
        Check(100, 9, 2, 32, window: 7, mask: false, channels: [Channels]);
        Check(200, 70, 2, 16, window: 0, mask: true, channels: [Channels]);
        Check(200, 1, 2, 16, window: 150, mask: true, channels: [Channels]);
    }

    [Theory]
    [InlineData(300, 1, 8, 80, 0)]
    [InlineData(129, 64, 2, 32, 0)]
    [InlineData(129, 64, 2, 32, 40)]
    [InlineData(0, 100, 1, 16, 1)]
    public void Scores_are_capped_and_windows_hide_keys_from_blocks_of_queries(int past, int tokens, int group, int headDim, int window)
    {
        // A cap near the scores and one far above them.
        foreach (float cap in new[] { 1.5f, 72f })
        {
            Check(past, tokens, group, headDim, window, mask: false, channels: [Channels], cap: cap);
            Check(past, tokens, group, headDim, window, mask: false, channels: [2, 3], cap: cap, isPacked: true);
        }
    }

    [Fact]
    public void Cores_that_share_the_keys_exchange_maxima_and_sums()
    {
        Check(90, 1, 4, 64, window: 0, mask: false, channels: [3, 2]);
        Check(90, 20, 2, 64, window: 0, mask: false, channels: [2, 2, 1]);
        Check(1, 1, 2, 64, window: 0, mask: false, channels: [3, 2, 4]);
    }

    [Fact]
    public void Values_whose_scales_are_all_zero_give_zero()
    {
        byte[] result = Check(40, 3, 2, 32, window: 0, mask: false, channels: [Channels], valueScale: 0f);
        Assert.All(ScratchImage.Read<float>(result, _outAddress, 3 * 2 * 32), o => Assert.Equal(0f, o));
    }

    private int _outAddress;

    private byte[] Check(int past, int tokens, int group, int headDim, int window, bool mask, int[] channels, float valueScale = 1f, bool isPacked = false, float cap = 0f)
    {
        RandomNumbers random = new((ulong)((past * 31) + (tokens * 17) + headDim));
        int total = channels.Sum();
        int rotation = random.Below(total);
        int queries = tokens * group;
        int slots = (past + tokens + total - 1) / total;
        int pastRows = (past + total - 1) / total;
        sbyte[] Stored() => isPacked
            ? [.. Enumerable.Range(0, tokens * headDim).Select(_ => (sbyte)random.Within(-8, 7))] : random.Codes(tokens * headDim);
        sbyte[] q = random.Codes(queries * headDim), k = Stored(), v = Stored();
        int valueBytes = isPacked ? headDim / 2 : headDim, keyBytes = (isPacked ? (headDim + 3) / 4 * 2 : headDim) + 4;
        float[] queryScales = [.. random.Floats(queries, 0.02f).Select(MathF.Abs)];
        float[] keyScales = [.. random.Floats(tokens, 0.02f).Select(s => (float)(Half)MathF.Abs(s))];
        float[] valueScales = [.. random.Floats(tokens, 0.02f * valueScale).Select(s => (float)(Half)MathF.Abs(s))];
        byte[] blockMask = [.. Enumerable.Range(0, 1024).Select(_ => (byte)random.Below(256))];
        for (int block = 0; block < 16; block++)
        {
            // A token always sees itself.
            blockMask[(8 * block) + (block / 8)] |= (byte)(1 << (block % 8));
        }

        float factor = (float)(1.4426950408889634 / Math.Sqrt(headDim));
        ScratchImage[] images = [.. channels.Select(_ => new ScratchImage(TestMachine.Scratch))];
        List<(Unit, Instruction)>[] bodies = new List<(Unit, Instruction)>[channels.Length];
        using TestMachine machine = new(channels, images)
        {
            Cache = channel => CacheOf(channel, pastRows, keyBytes, valueBytes, valueScale),
        };
        for (int core = 0; core < channels.Length; core++)
        {
            ScratchImage image = images[core];
            int width = slots * channels[core];
            MultiplyKeys score = new(Unit.Matrix)
            {
                Codes = image.Put(q),
                CodeStride = group * headDim,
                Scales = image.Put(queryScales),
                Keys = image.Put(k),
                KeyStride = headDim,
                KeyScales = image.Put(Spread(keyScales, group)),
                ValueScales = image.Put(Spread(valueScales, group)),
                ScaleStride = 4 * group,
                Rotation = rotation,
                Past = past,
                Tokens = tokens,
                Group = group,
                HeadDim = headDim,
                Rows = pastRows,
                Slots = slots,
                Factor = BitConverter.SingleToUInt32Bits(factor),
                Window = window,
                Mask = mask ? image.Put(blockMask) + (8 * (past / 64)) : 0,
                MaskStride = 8,
                Out = image.Room(4 * queries * width),
                Values = image.Room(4 * width),
                Maxima = image.Room(4 * queries),
                ValueMaxima = image.Room(4 * queries),
                Packed = isPacked ? 1 : 0,
            };
            Exponentiate softmax = new()
            {
                Scores = score.Out,
                Values = score.Values,
                Maxima = score.Maxima,
                ValueMaxima = score.ValueMaxima,
                Rows = queries,
                Width = width,
                Out = image.Room(2 * queries * width),
                Sums = image.Room(8 * queries),
                Cap = BitConverter.SingleToUInt32Bits(cap),
            };
            MultiplyValues value = new(Unit.Matrix)
            {
                Probabilities = softmax.Out,
                Codes = image.Put(v),
                Stride = headDim,
                Rotation = rotation,
                Past = past,
                Tokens = tokens,
                Group = group,
                HeadDim = headDim,
                Rows = pastRows,
                Slots = slots,
                Out = image.Room(8 * queries * headDim),
                Packed = isPacked ? 1 : 0,
            };
            NormalizeHeads output = new()
            {
                Source = value.Out,
                Sums = softmax.Sums,
                ValueMaxima = score.ValueMaxima,
                Tokens = tokens,
                Group = group,
                HeadDim = headDim,
                Out = image.Room(4 * queries * headDim),
                OutStride = 4 * group * headDim,
            };
            _outAddress = (int)output.Out.Constant;
            bodies[core] =
            [
                (Unit.Load, new LoadCache { Address = machine.CacheAddress, Bytes = keyBytes, Rows = pastRows }),
                (Unit.Matrix, score),
                (Unit.Exchange, new CombineMaxima { Address = score.Maxima, Count = queries }),
                (Unit.Exchange, new CombineMaxima { Address = score.ValueMaxima, Count = queries }),
                (Unit.Misc, softmax),
                (Unit.Load, new LoadCache { Address = machine.CacheAddress + 8192, Bytes = valueBytes, Rows = pastRows }),
                (Unit.Matrix, value),
                (Unit.Exchange, new CombineSums { Address = softmax.Sums, Count = queries }),
                (Unit.Exchange, new CombineSums { Address = value.Out, Count = queries * headDim }),
                (Unit.Misc, output),
            ];
        }

        MachineProgram program = machine.InSequence(core => bodies[core]);
        return machine.RunEverywhere(program, new StepArguments(past, tokens, 0));
    }

    // Keys with their scales from 0 on, values from 8192 on.
    private static byte[] CacheOf(int channel, int rows, int keyBytes, int valueBytes, float valueScale)
    {
        RandomNumbers random = new((ulong)channel + 99);
        byte[] bytes = new byte[1 << 14];
        for (int r = 0; r < rows; r++)
        {
            Span<byte> key = bytes.AsSpan(r * keyBytes, keyBytes);
            for (int i = 0; i < keyBytes; i++)
            {
                key[i] = (byte)(sbyte)random.Within(-127, 127);
            }

            for (int i = 0; i < valueBytes; i++)
            {
                bytes[8192 + (r * valueBytes) + i] = (byte)(sbyte)random.Within(-127, 127);
            }

            BitConverter.TryWriteBytes(key[^4..], (Half)MathF.Abs(random.Float() * 0.03f));
            BitConverter.TryWriteBytes(key[^2..], (Half)MathF.Abs(random.Float() * 0.03f * valueScale));
        }

        return bytes;
    }

    // Scales of a token lie at a stride.
    private static float[] Spread(float[] values, int stride)
    {
        float[] all = new float[values.Length * stride];
        for (int i = 0; i < values.Length; i++)
        {
            all[i * stride] = values[i];
        }

        return all;
    }
}
