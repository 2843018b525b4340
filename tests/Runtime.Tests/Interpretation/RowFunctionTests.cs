using Flightc.Diagnostics;
using Flightc.Isa;
using ActivationFunction = Flightc.IR.ActivationFunction;

namespace Flightc.Tests.Interpretation;

/// <summary>misc.activate, misc.add, misc.norm and capped probabilities, against the formulas of docs/numerics.md.</summary>
public sealed class RowFunctionTests
{
    private const float Cap = 30f;

    public static TheoryData<int> Functions => [.. TestFunctions.All];

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_is_applied_to_every_element_of_plain_rows(int function)
    {
        // Two rows, a gap between them; from tiny to beyond all limits.
        float[] x = Numbers(96);
        foreach (bool inPlace in new[] { false, true })
        {
            using TestMachine machine = new(1);
            machine.Load(0, 0, x);
            int to = inPlace ? 0 : 512;
            machine.Chain(0, (Unit.Misc, new ActivateRows { Source = 0, Stride = 192, Count = 37, Tokens = 2, Out = to, OutStride = 192, Function = function, Value = ValueOf(function) }));
            machine.Store(0, to, 192 + 148);
            float[] y = TestMachine.As<float>(machine.Run(), 85);
            Assert.Equal(x[..37].Select(v => TestFunctions.Of(function, v, Cap)), y[..37]);
            Assert.Equal(x[48..85].Select(v => TestFunctions.Of(function, v, Cap)), y[48..85]);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_is_close_to_what_it_stands_for(int function)
    {
        // The error function's formula is good for 1.5e-7, of which gelu shows half, times x; the others lose what rounding loses.
        for (float x = -40f; x < 40f; x += 0.0371f)
        {
            double exact = TestFunctions.Exactly(function, x, Cap);
            double error = function switch
            {
                (int)ActivationFunction.Gelu => 1.5e-7 * Math.Abs(x),
                ActivateRows.Cap => 2e-7 * Cap,
                _ => 2e-5 * Math.Abs(exact),
            };
            Assert.Equal(exact, TestFunctions.Of(function, x, Cap), error + 1e-30);
        }
    }

    [Theory]
    [InlineData((int)ActivationFunction.Silu)]
    [InlineData((int)ActivationFunction.Gelu)]
    [InlineData((int)ActivationFunction.GeluTanh)]
    [InlineData((int)ActivationFunction.Relu)]
    [InlineData((int)ActivationFunction.QuickGelu)]
    public void Gate_and_up_lie_in_alternating_blocks(int function)
    {
        using TestMachine machine = new(1);
        float[] x = Numbers(64);
        machine.Load(0, 0, x);
        machine.Chain(0, (Unit.Misc, new ActivateRows { Source = 0, Count = 20, Tokens = 1, Out = 512, Gated = 1, Function = function, Value = ValueOf(function) }));
        machine.Store(0, 512, 80);
        float[] y = TestMachine.As<float>(machine.Run(), 20);
        for (int i = 0; i < 20; i++)
        {
            float gate = x[i < 16 ? i : i + 16];
            float up = x[i < 16 ? i + 16 : i + 32];
            Assert.Equal(TestFunctions.Of(function, gate, Cap) * up, y[i]);
        }
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(14, 0)]
    [InlineData(ActivateRows.Cap, 1)]
    public void A_function_that_does_not_exist_is_refused(int function, int gated)
    {
        using TestMachine machine = new(1);
        machine.Chain(0, (Unit.Misc, new ActivateRows { Count = 1, Tokens = 1, Out = 512, Gated = gated, Function = function, Value = ValueOf(function) }));
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Equal(Codes.ProgramInvalid, e.Diagnostics[0].Code);
        Assert.Contains($"'function' evaluates to {function}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_are_added_to_rows_and_one_vector_to_all()
    {
        using TestMachine machine = new(1);
        float[] x = TestNumbers.Floats(30, 6);
        float[] added = TestNumbers.Floats(30, 7);
        machine.Load(0, 0, x);
        machine.Load(0, 512, added);
        machine.Chain(
            0,
            (Unit.Misc, new AddRows { Source = 512, Stride = 44, Out = 0, OutStride = 40, Count = 7, Tokens = 3 }),
            (Unit.Misc, new AddRows { Source = 600, Stride = 0, Out = 0, OutStride = 40, Count = 5, Tokens = 2 }));
        machine.Store(0, 0, 120);
        float[] expected = [.. x];
        for (int t = 0; t < 3; t++)
        {
            for (int i = 0; i < 7; i++)
            {
                expected[(10 * t) + i] = x[(10 * t) + i] + added[(11 * t) + i];
                expected[(10 * t) + i] += t < 2 && i < 5 ? added[22 + i] : 0f;
            }
        }

        Assert.Equal(expected, TestMachine.As<float>(machine.Run(), 30));
    }

    [Theory]
    [InlineData(1, 200, false, false)]
    [InlineData(1, 200, true, true)]
    [InlineData(1, 64, true, false)]
    [InlineData(3, 20, false, true)]
    [InlineData(2, 100, true, true)]
    [InlineData(1, 1, true, true)]
    public void Rows_and_heads_are_normed_each_by_itself(int heads, int count, bool layer, bool biased)
    {
        const float Epsilon = 1e-3f;
        const int Tokens = 2;
        float[] x = [.. TestNumbers.Floats(Tokens * heads * count, 8).Select(v => 2 + (5 * v))];
        float[] w = TestNumbers.Floats(count, 9);
        float[] b = TestNumbers.Floats(count, 10);
        foreach (bool inPlace in new[] { false, true })
        {
            using TestMachine machine = new(1);
            machine.Load(0, 0, x);
            machine.Load(0, 8192, w);
            machine.Load(0, 12288, b);
            int to = inPlace ? 0 : 16384;
            machine.Chain(0, (Unit.Misc, new NormalizeRows
            {
                Source = 0, Stride = 4 * heads * count, Out = to, OutStride = 4 * heads * count, Count = count, Heads = heads, Tokens = Tokens, Weight = 8192,
                Bias = 12288, Biased = biased ? 1 : 0, Layer = layer ? 1 : 0, Epsilon = BitConverter.SingleToUInt32Bits(Epsilon),
            }));
            machine.Store(0, to, 4 * x.Length);
            float[] y = TestMachine.As<float>(machine.Run(), x.Length);
            float[][] expected = [.. x.Chunk(count).Select(row => Normed(row, w, biased ? b : null, layer, Epsilon))];
            Assert.Equal(expected.SelectMany(row => row), y);

            // Near the definition in double precision.
            foreach ((float[] row, float[] result) in x.Chunk(count).Zip(y.Chunk(count)))
            {
                double mean = layer ? row.Average(v => (double)v) : 0;
                double root = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + Epsilon);
                for (int i = 0; i < count; i++)
                {
                    Assert.Equal(((row[i] - mean) / root * w[i]) + (biased ? b[i] : 0), result[i], 2e-6);
                }
            }
        }
    }

    [Fact]
    public void Capped_scores_give_the_probabilities_of_the_cap_and_hidden_ones_none()
    {
        const float C = 20f;
        float[] scores = [90f, 12f, float.NegativeInfinity, -400f, -3f, float.NegativeInfinity];
        float[] values = [0.5f, 0.25f, 0.75f, 1f, 0.9f, 0f];
        using TestMachine machine = new(1);
        machine.Load(0, 0, scores);
        machine.Load(0, 64, values);
        machine.Load(0, 128, 95f);
        machine.Load(0, 192, 1f);
        machine.Chain(0, (Unit.Misc, new Exponentiate
        {
            Scores = 0, Values = 64, Maxima = 128, ValueMaxima = 192, Rows = 1, Width = 6, Out = 256, Sums = 512, Cap = BitConverter.SingleToUInt32Bits(C),
        }));
        machine.Store(0, 256, 12);
        machine.Store(0, 512, 8, 16);
        byte[] results = machine.Run();
        float[] e = [.. scores.Select(s => float.IsInfinity(s) ? 0f : TestNumbers.Exp2(TestFunctions.Cap(s, C) - TestFunctions.Cap(95f, C)))];

        // The cap of what is hidden would be no less than that of -400.
        Assert.True(e[3] > 1e-14f);
        Assert.Equal(e.Select((v, i) => (ushort)TestNumbers.Round(v * (values[i] * 16383f))), TestMachine.As<ushort>(results, 6));
        Assert.Equal(e.Sum(v => (long)TestNumbers.Round(v * 16777216f)), TestMachine.As<long>(results, 1, 16)[0]);
    }

    [Theory]
    [InlineData(8, 3)]
    [InlineData(8, 10)]
    public void More_of_a_head_than_it_has_or_an_odd_number_cannot_be_rotated(int headDim, int rotated)
    {
        using TestMachine machine = new(1);
        machine.Chain(0, (Unit.Misc, new QuantizeHeads { Heads = 1, HeadDim = headDim, Tokens = 1, Rotated = rotated, Codes = 256, Scales = 512 }));
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Contains($"{rotated} cannot be rotated", e.Message, StringComparison.Ordinal);
    }

    private static float[] Normed(float[] x, float[] w, float[]? b, bool layer, float epsilon)
    {
        float mean = layer ? TestNumbers.Sum(x) / x.Length : 0f;
        float[] d = layer ? [.. x.Select(v => v - mean)] : x;
        float r = 1f / MathF.Sqrt((TestNumbers.Sum([.. d.Select(v => v * v)]) / x.Length) + epsilon);
        return [.. d.Select((v, i) => b is null ? v * r * w[i] : (v * r * w[i]) + b[i])];
    }

    private static float[] Numbers(int count) =>
        [.. TestNumbers.Floats(count, 5).Select((v, i) => v * (i % 3 == 0 ? 1e-5f : i % 7 == 0 ? 1e13f : 20f)).Select((v, i) => i is 10 or 60 ? -0f : v)];

    private static long ValueOf(int function) => function == ActivateRows.Cap ? BitConverter.SingleToUInt32Bits(Cap) : 0;
}
