using Flightc.Isa;

namespace Flightc.Tests.Interpretation;

public sealed class SpecialFunctionTests
{
    [Fact]
    public void Embedding_rows_are_dequantised_from_any_column_on()
    {
        using TestMachine machine = new(1);
        sbyte[] codes = TestNumbers.Codes(40, 1);
        byte[] row = [.. BitConverter.GetBytes(0.37f), 3, 63, .. codes.Select(c => (byte)c)];
        machine.Load(0, 0, row);
        machine.Chain(0, (Unit.Misc, new DequantizeRows { Source = 0, Group = 32, Bits = 8, Columns = 40, First = 30, Count = 4, Tokens = 1, Out = 256, Scale = BitConverter.SingleToUInt32Bits(1.7f) }));
        machine.Store(0, 256, 16);
        float[] expected = [.. Enumerable.Range(30, 4).Select(k => 0.37f * (k < 32 ? 3f : 63f) * codes[k] * 1.7f)];
        Assert.Equal(expected, TestMachine.As<float>(machine.Run(), 4));
    }

    [Fact]
    public void Codes_of_any_width_lie_in_a_dense_bit_stream()
    {
        using TestMachine machine = new(1);

        // -4, 3, -1, 1, -2 of three bits: 100 011 111 001 110, the first in the lowest bits.
        byte[] row = [.. BitConverter.GetBytes(0.5f), 3, 0b11_011_100, 0b0_110_001_1];
        machine.Load(0, 0, row);
        machine.Chain(0, (Unit.Misc, new DequantizeRows { Source = 0, Group = 32, Bits = 3, Columns = 5, Count = 5, Tokens = 1, Out = 256, Scale = BitConverter.SingleToUInt32Bits(1f) }));
        machine.Store(0, 256, 20);

        Assert.Equal([-6f, 4.5f, -1.5f, 1.5f, -3f], TestMachine.As<float>(machine.Run(), 5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_normalised_row_is_quantised_by_its_maximum_and_its_sum_of_squares(bool slices)
    {
        const int Count = 200;
        using TestMachine machine = new(1);
        float[] x = TestNumbers.Floats(Count, 2);
        float[] w = TestNumbers.Floats(Count, 3);
        machine.Load(0, 0, x);
        machine.Load(0, 1024, w);

        // Two slices leave segment sums side by side; their maxima are combined here by taking the larger half's.
        int first = slices ? 128 : Count;
        machine.Chain(0, (Unit.Misc, Measured(0, first, maxima: 4096)));
        if (slices)
        {
            machine.Chain(0, (Unit.Misc, Measured(first, Count - first, maxima: 4100)));
        }

        float[] t = [.. x.Zip(w, (a, b) => a * b)];
        float a = t.Max(Math.Abs);
        machine.Load(0, 4200, a);
        machine.Chain(0, (Unit.Misc, new QuantizeRows
        {
            Source = 0, Weight = 1024, Weighted = 1, Count = Count, Tokens = 1, Maxima = 4200, Norm = 1, Sums = 5000, Segments = 4, Total = Count,
            Epsilon = BitConverter.SingleToUInt32Bits(1e-5f), Codes = 6000, Scales = 6400,
        }));
        machine.Store(0, 4096, 8);
        machine.Store(0, 5000, 16, 8);
        machine.Store(0, 6000, 404, 24);
        byte[] results = machine.Run();

        float[] squares = [.. x.Select(v => v * v)];
        float[] maxima = slices ? [t[..128].Max(Math.Abs), t[128..].Max(Math.Abs)] : [a];
        Assert.Equal(maxima, TestMachine.As<float>(results, maxima.Length));
        Assert.Equal(TestNumbers.SegmentSums(squares), TestMachine.As<float>(results, 4, 8));
        float inverse = 127f / a;
        Assert.Equal(t.Select(v => (sbyte)TestNumbers.Round(v * inverse)), TestMachine.As<sbyte>(results, Count, 24));
        float r = 1f / MathF.Sqrt((TestNumbers.Sum(squares) / 200f) + 1e-5f);
        Assert.Equal(a / 127f * r, TestMachine.As<float>(results, 1, 424)[0]);
    }

    [Fact]
    public void A_row_of_nearly_nothing_has_scale_0_and_codes_0()
    {
        using TestMachine machine = new(1);
        machine.Load(0, 0, 1e-31f, -1e-31f);
        machine.Chain(
            0,
            (Unit.Misc, new Measure { Source = 0, Count = 2, Tokens = 1, Maxima = 64 }),
            (Unit.Misc, new QuantizeRows { Source = 0, Count = 2, Tokens = 1, Maxima = 64, Codes = 128, Scales = 132 }));
        machine.Store(0, 128, 2);
        machine.Store(0, 132, 4, 4);
        machine.Store(0, 64, 4, 8);
        byte[] results = machine.Run();
        Assert.Equal([0, 0], TestMachine.As<sbyte>(results, 2));
        Assert.Equal([0f, 1e-31f], TestMachine.As<float>(results, 2, 4));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(8, 0)]
    [InlineData(0, 1)]
    [InlineData(8, 1)]
    [InlineData(6, 0)]
    [InlineData(2, 1)]
    public void Heads_are_rotated_and_quantised_each_by_itself(int rotated, int cache)
    {
        using TestMachine machine = new(1);
        float[] x = TestNumbers.Floats(16, 4);
        x[8] = 40f;
        float[] cosines = [0.8f, 0.6f, 0.1f, -0.3f], sines = [0.6f, 0.8f, 0.9f, 0.2f];
        int half = rotated / 2;
        float[] table = [.. cosines[..half], .. sines[..half], 7f];
        machine.Load(0, 0, x);
        machine.Load(0, 128, table);
        machine.Chain(0, (Unit.Misc, new QuantizeHeads
        {
            Source = 0, Heads = 2, HeadDim = 8, Tokens = 1, Rotated = rotated, Table = 128, Cache = cache, Codes = 256, Scales = 512,
        }));
        machine.Store(0, 256, 16);
        machine.Store(0, 512, 8, 16);
        byte[] results = machine.Run();

        sbyte[] codes = TestMachine.As<sbyte>(results, 16);
        float[] scales = TestMachine.As<float>(results, 2, 16);
        for (int h = 0; h < 2; h++)
        {
            float[] y = x[(8 * h)..((8 * h) + 8)];
            float[] lower = [.. Enumerable.Range(0, half).Select(i => (float)((y[i] * cosines[i]) + (-y[i + half] * sines[i])))];
            float[] upper = [.. Enumerable.Range(0, half).Select(i => (y[i + half] * cosines[i]) + (y[i] * sines[i]))];
            y = [.. lower, .. upper, .. y[rotated..]];

            float a = y.Max(Math.Abs);
            float scale = cache == 1 ? (float)(Half)(a / 127f) : a / 127f;
            float inverse = cache == 1 ? 1f / scale : 127f / a;
            Assert.Equal(scale, scales[h]);
            Assert.Equal(y.Select(v => (sbyte)Math.Clamp(TestNumbers.Round(v * inverse), -127, 127)), codes[(8 * h)..((8 * h) + 8)]);
        }
    }

    [Fact]
    public void A_cache_scale_that_binary16_cannot_hold_gives_zeros()
    {
        using TestMachine machine = new(1);
        machine.Load(0, 0, 1e-7f, 2e-7f);
        machine.Chain(0, (Unit.Misc, new QuantizeHeads { Source = 0, Heads = 1, HeadDim = 2, Tokens = 1, Cache = 1, Codes = 64, Scales = 68 }));
        machine.Store(0, 64, 2);
        machine.Store(0, 68, 4, 4);
        byte[] results = machine.Run();
        Assert.Equal([0, 0], TestMachine.As<sbyte>(results, 2));
        Assert.Equal(0f, TestMachine.As<float>(results, 1, 4)[0]);
    }

    private static Measure Measured(int first, int count, long maxima) => new()
    {
        Source = 4 * first, Weight = 1024 + (4 * first), Weighted = 1, Count = count, Tokens = 1, Maxima = maxima, Squares = 1,
        Sums = 5000 + (4 * (first / 64)),
    };
}
