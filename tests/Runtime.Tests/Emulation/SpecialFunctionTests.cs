using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Tests.Emulation;

public sealed class SpecialFunctionTests
{
    [Theory]
    [InlineData(1, 64)]
    [InlineData(3, 1)]
    [InlineData(2, 257)]
    [InlineData(5, 4000)]
    [InlineData(20, 2048)]
    public void Rows_are_measured_and_quantised_as_the_interpreter_does(int tokens, int count)
    {
        foreach ((int weighted, int norm) in new[] { (0, 0), (1, 1), (0, 1) })
        {
            RandomNumbers random = new((ulong)((tokens * count) + weighted));
            ScratchImage image = new(TestMachine.Scratch);
            int segments = (count + 63) / 64;
            float[] x = random.Floats(tokens * count, 3f);
            if (tokens > 1)
            {
                // One token is zero, one so small that it counts as zero.
                Array.Clear(x, 0, count);
                Array.Fill(x, 1e-31f, count, count);
            }

            Measure measure = new()
            {
                Source = image.Put(x),
                Stride = 4 * count,
                Weight = image.Put(random.Floats(count)),
                Weighted = weighted,
                Count = count,
                Tokens = tokens,
                Maxima = image.Room(4 * tokens),
                Squares = norm,
                Sums = image.Room(4 * tokens * segments),
                SumStride = 4 * segments,
            };
            QuantizeRows quantize = new()
            {
                Source = measure.Source,
                Stride = measure.Stride,
                Weight = measure.Weight,
                Weighted = weighted,
                Count = count,
                Tokens = tokens,
                Maxima = measure.Maxima,
                Norm = norm,
                Sums = measure.Sums,
                SumStride = measure.SumStride,
                Segments = segments,
                Total = count,
                Epsilon = BitConverter.SingleToUInt32Bits(1e-5f),
                Codes = image.Room(tokens * count),
                CodeStride = count,
                Scales = image.Room(4 * tokens),
            };
            Run(image, (Unit.Misc, measure), (Unit.Misc, quantize));
        }
    }

    [Fact]
    public void What_is_not_a_number_is_the_largest_magnitude_wherever_it_stands()
    {
        foreach (int at in new[] { 0, 15, 16, 63, 64, 99 })
        {
            ScratchImage image = new(TestMachine.Scratch);
            float[] x = new RandomNumbers(4).Floats(100, 3f);
            x[at] = float.NaN;
            x[(at + 16) % 100] = float.PositiveInfinity;
            Run(image, (Unit.Misc, new Measure { Source = image.Put(x), Stride = 400, Count = 100, Tokens = 1, Maxima = image.Room(4) }));
        }
    }

    [Theory]
    [InlineData(1, 3, 64)]
    [InlineData(2, 2, 2)]
    [InlineData(7, 5, 80)]
    [InlineData(40, 8, 128)]
    public void Heads_are_rotated_and_quantised_as_the_interpreter_does(int tokens, int heads, int headDim)
    {
        foreach ((int rotated, int cache) in new[] { (0, 0), (0, 1), (headDim, 0), (headDim, 1), (0, 2), (headDim, 3), (0, 3), (headDim / 4 * 2, 2), (headDim / 4 * 2, 0) })
        {
            RandomNumbers random = new((ulong)(tokens + heads + headDim + rotated));
            ScratchImage image = new(TestMachine.Scratch);
            float[] x = random.Floats(tokens * heads * headDim, 5f);
            Array.Clear(x, 0, headDim);
            for (int i = 0; i < headDim && heads > 1; i++)
            {
                // Too small for a binary16 scale, then too large for one.
                x[headDim + i] *= 1e-9f;
                x[(2 * headDim) + i] *= heads > 2 ? 1e8f : 1f;
            }

            QuantizeHeads quantize = new()
            {
                Source = image.Put(x),
                Stride = 4 * heads * headDim,
                Heads = heads,
                HeadDim = headDim,
                Tokens = tokens,
                Rotated = rotated,
                Table = image.Put(random.Floats(tokens * headDim)),
                TableStride = 4 * headDim,
                Cache = cache,
                Codes = image.Room(tokens * heads * headDim),
                CodeStride = heads * headDim,
                Scales = image.Room(4 * tokens * heads),
                ScaleStride = 4 * heads,
            };
            Run(image, (Unit.Misc, quantize));
        }
    }

    [Fact]
    public void Exponentials_are_those_of_the_interpreter_over_their_whole_range()
    {
        const int Width = 3000;
        RandomNumbers random = new(8);
        ScratchImage image = new(TestMachine.Scratch);
        float[] scores = [.. Enumerable.Range(0, 4 * Width).Select(i => -140f * i / (4 * Width))];
        scores[7] = float.NegativeInfinity;
        Exponentiate softmax = new()
        {
            Scores = image.Put(scores),
            Values = image.Put(random.Floats(Width).Select(MathF.Abs).ToArray()),
            Maxima = image.Put(new float[] { 0, 0, 0, -90 }),
            ValueMaxima = image.Put(new float[] { 1, 1, 0, 1 }),
            Rows = 4,
            Width = Width,
            Out = image.Room(8 * Width),
            Sums = image.Room(32),
        };
        Run(image, (Unit.Misc, softmax));
    }

    [Fact]
    public void Table_rows_are_those_of_the_interpreter()
    {
        const int Columns = 200;
        const int Tokens = 5;
        RandomNumbers random = new(3);
        foreach ((int group, int bits) in new[] { (32, 8), (64, 8), (128, 8), (32, 2), (64, 3), (64, 4), (128, 5), (128, 6), (32, 7) })
        {
            ScratchImage image = new(TestMachine.Scratch);
            int stride = (4 + ((Columns + group - 1) / group) + (((Columns * bits) + 7) / 8) + 3) / 4 * 4;
            byte[] rows = new byte[Tokens * stride];
            for (int t = 0; t < Tokens; t++)
            {
                random.Codes(stride).CopyTo((sbyte[])(object)rows, t * stride);
                BitConverter.TryWriteBytes(rows.AsSpan(t * stride), random.Float());
            }

            DequantizeRows embed = new()
            {
                Source = image.Put(rows),
                Stride = stride,
                Group = group,
                Bits = bits,
                Columns = Columns,
                First = 30,
                Count = 150,
                Tokens = Tokens,
                Out = image.Room(4 * Tokens * 150),
                OutStride = 600,
                Scale = BitConverter.SingleToUInt32Bits(random.Float()),
            };
            Run(image, (Unit.Misc, embed));
        }
    }

    private static void Run(ScratchImage image, params (Unit, Instruction)[] body)
    {
        using TestMachine machine = new([1], [image]);
        byte[] result = machine.RunEverywhere(machine.InSequence(_ => body), new StepArguments(0, 1, 0));
        Assert.False(result.AsSpan(0, TestMachine.Scratch).SequenceEqual(image.Bytes), "nothing was written");
    }
}
