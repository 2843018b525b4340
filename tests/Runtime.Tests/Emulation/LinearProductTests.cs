using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Tests.Emulation;

public sealed class LinearProductTests
{
    public static TheoryData<int, int> Formats
    {
        get
        {
            TheoryData<int, int> all = [];
            for (int bits = 2; bits <= 8; bits++)
            {
                foreach (int group in new[] { 32, 64, 128 })
                {
                    all.Add(bits, group);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Products_are_those_of_the_contract_for_every_format(int bits, int group)
    {
        foreach (bool sparse in new[] { false, true })
        {
            Check(new RandomNumbers((ulong)((bits * 1000) + group)), 80, 336, bits, group, sparse, 1, false);
            Check(new RandomNumbers((ulong)((bits * 1001) + group)), 48, 208, bits, group, sparse, 7, true);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(128)]
    public void Products_are_those_of_the_contract_for_every_number_of_tokens(int tokens)
    {
        foreach (int bits in new[] { 4, 7, 8 })
        {
            Check(new RandomNumbers((ulong)(tokens + bits)), 64, 512, bits, 64, false, tokens, false);
            Check(new RandomNumbers((ulong)(tokens * bits)), 32, 160, bits, 128, true, tokens, true);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(16, 31)]
    [InlineData(17, 33)]
    [InlineData(18, 48)]
    [InlineData(33, 127)]
    [InlineData(100, 129)]
    public void Sizes_need_not_divide_by_anything(int rows, int columns)
    {
        foreach (int bits in new[] { 3, 4, 6, 8 })
        {
            foreach (int group in new[] { 32, 128 })
            {
                Check(new RandomNumbers((ulong)(rows + columns + bits + group)), rows, columns, bits, group, bits == 6, 1, true);
                Check(new RandomNumbers((ulong)(rows * columns * bits * group)), rows, columns, bits, group, bits == 6, 5, false);
            }
        }
    }

    [Fact]
    public void Extreme_codes_do_not_saturate()
    {
        for (int bits = 2; bits <= 8; bits++)
        {
            // The largest code in every place, against the largest activation and its negative.
            RandomNumbers random = new((ulong)bits);
            foreach (sbyte activation in new sbyte[] { 127, -127 })
            {
                Check(random, 32, 256, bits, 64, false, 1, false, activation);
                Check(random, 32, 256, bits, 128, false, 6, false, activation);
            }
        }
    }

    private static void Check(
        RandomNumbers random, int rows, int columns, int bits, int group, bool sparse, int tokens, bool add, sbyte? activation = null)
    {
        const int Channels = 3;
        TestProduct product = new(random, rows, columns, bits, group, sparse, Channels, activation is not null);
        sbyte[] x = random.Codes(tokens * columns);
        if (activation is { } all)
        {
            Array.Fill(x, all);
        }

        float[] scales = random.Floats(tokens);
        int padded = (rows + 15) / 16 * 16;
        float[] before = random.Floats(tokens * padded);
        ScratchImage image = new(TestMachine.Scratch);
        MultiplyWeights multiply = new(Unit.Matrix)
        {
            Codes = image.Put(x),
            CodeStride = columns,
            Scales = image.Put(scales),
            Tokens = tokens,
            Columns = columns,
            Rows = padded,
            Out = image.Put(before),
            OutStride = 4 * padded,
            Add = add ? 1 : 0,
        };
        using TestMachine machine = new([Channels], [image], product.Streams);
        MachineProgram program = machine.InSequence(_ =>
        [
            (Unit.Load, new LoadWeights { Address = 0, Pages = machine.WeightBytes / TestMachine.Page }),
            (Unit.Matrix, multiply),
        ]);
        byte[] result = machine.RunEverywhere(program, new StepArguments(0, tokens, 0));
        float[] y = ScratchImage.Read<float>(result, (int)multiply.Out.Constant, tokens * padded);
        for (int t = 0; t < tokens; t++)
        {
            for (int n = 0; n < rows; n++)
            {
                float expected = product.Result(n, x.AsSpan(t * columns, columns), scales[t]);
                expected = add ? before[(t * padded) + n] + expected : expected;
                Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(y[(t * padded) + n]));
            }
        }
    }
}
