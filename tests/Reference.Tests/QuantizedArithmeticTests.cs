using Flightc.Numerics;
using Flightc.IR;
using Flightc.Reference;

namespace Flightc.Tests;

public sealed class QuantizedArithmeticTests
{
    [Fact]
    public void A_sum_within_a_segment_folds_lanes_in_the_stated_order()
    {
        // Lane 0 is ((2^24 + 1) + 1) + 1: each 1 is half an ulp and lost to even. In one sum of the ones they would count.
        float[] values = new float[64];
        (values[0], values[16], values[32], values[48]) = (16777216, 1, 1, 1);
        Assert.Equal(16777216, QuantizedArithmetic.Sum(values));

        // Lanes 8 and 0 meet first: 1 + 1 = 2 reaches the large number in lane 4 only at w = 4.
        values = new float[64];
        (values[0], values[8], values[4]) = (1, 1, 16777216);
        Assert.Equal(16777218, QuantizedArithmetic.Sum(values));

        // Lanes 1 and 0 meet last: what lane 4 brings to lane 0 one by one is lost.
        values = new float[64];
        (values[0], values[8], values[4]) = (16777216, 1, 1);
        Assert.Equal(16777216, QuantizedArithmetic.Sum(values));
    }

    [Fact]
    public void Segments_are_added_in_pairs_and_an_odd_last_one_passes()
    {
        // (2^24 + 1) + (1 + 1) + 1 over five segments: 2^24, then + 2, then + 1 is a tie that goes to even.
        float[] values = new float[257];
        (values[0], values[64], values[128], values[192], values[256]) = (16777216, 1, 1, 1, 1);
        Assert.Equal(16777220, QuantizedArithmetic.Sum(values.AsSpan(0, 193)) + 2);
        Assert.Equal(16777218 + 1f, QuantizedArithmetic.Sum(values));
    }

    [Fact]
    public void Exact_sums_do_not_depend_on_padding()
    {
        for (int n = 0; n < 300; n++)
        {
            Assert.Equal(n * (n + 1) / 2, QuantizedArithmetic.Sum([.. Enumerable.Range(1, n).Select(i => (float)i)]));
        }
    }

    [Fact]
    public void Exp2_is_within_its_stated_error()
    {
        Assert.InRange(WorstExp2Error(Enumerable.Range(-126 * 512, 252 * 512 + 1).Select(i => i / 512f)), 1e-8, 2.25e-7);

        // Where the worst of all values of f lies.
        const int Worst = unchecked((int)0xbefffc8a);
        Assert.Equal(-0.4999736f, BitConverter.Int32BitsToSingle(Worst), 1e-4f);
        Assert.InRange(
            WorstExp2Error(Enumerable.Range(Worst - 5000, 10000).Select(BitConverter.Int32BitsToSingle)), 2.2e-7, 2.25e-7);
    }

    [Fact]
    public void Exp2_is_exact_at_integers_and_limited_outside()
    {
        for (int n = -126; n <= 126; n++)
        {
            Assert.Equal(MathF.ScaleB(1, n), QuantizedArithmetic.Exp2(n));
        }

        Assert.Equal(MathF.ScaleB(1, -126), QuantizedArithmetic.Exp2(-1e30f));
        Assert.Equal(MathF.ScaleB(1, 126), QuantizedArithmetic.Exp2(1e30f));
        Assert.Equal(1, QuantizedArithmetic.Exp2(-0f));
    }

    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(1.5f, 2)]
    [InlineData(2.5f, 2)]
    [InlineData(-0.5f, 0)]
    [InlineData(-126.5f, -126)]
    [InlineData(127.4f, 127)]
    [InlineData(-128f, -127)]
    [InlineData(1e30f, 127)]
    public void Codes_round_half_to_even_and_stay_within_127(float x, sbyte code) =>
        Assert.Equal(code, QuantizedArithmetic.Clamp127(x));

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(2049f, 2048f)]
    [InlineData(2051f, 2052f)]
    [InlineData(1e30f, 65504f)]
    [InlineData(65519f, 65504f)]
    [InlineData(-70000f, -65504f)]
    [InlineData(5.9604645e-8f, 5.9604645e-8f)]
    [InlineData(2.9802322e-8f, 0f)]
    public void Halves_round_to_even_saturate_and_keep_subnormals(float x, float half) =>
        Assert.Equal(half, QuantizedArithmetic.RoundToHalf(x));

    [Fact]
    public void Silu_is_that_of_the_literature()
    {
        for (float x = -30; x < 30; x += 0.37f)
        {
            double exact = x / (1 + Math.Exp(-x));
            Assert.InRange(QuantizedArithmetic.Silu(x), exact - Math.Abs(exact) * 2e-6, exact + Math.Abs(exact) * 2e-6);
        }

        Assert.Equal(0, QuantizedArithmetic.Silu(0));
        Assert.Equal(-200 / MathF.ScaleB(1, 126), QuantizedArithmetic.Silu(-200));
    }

    [Fact]
    public void Functions_of_the_normal_distribution_are_those_of_the_literature()
    {
        for (float x = -12; x < 12; x += 0.0173f)
        {
            double gelu = x * NormalDistribution.Cumulative(x);
            double cube = x + (0.044715 * x * x * x), quick = x / (1 + Math.Exp(-1.702 * x));
            double tanh = 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * cube));
            double magnitude = Math.Abs(x);
            Assert.InRange(QuantizedArithmetic.Gelu(x) - gelu, -4e-7 * magnitude, 4e-7 * magnitude);
            Assert.InRange(QuantizedArithmetic.GeluTanh(x) - tanh, -4e-7 * magnitude, 4e-7 * magnitude);
            Assert.InRange(QuantizedArithmetic.QuickGelu(x) - quick, -4e-7 * magnitude, 4e-7 * magnitude);
        }
    }

    [Theory]
    [InlineData(ActivationFunction.Silu)]
    [InlineData(ActivationFunction.Gelu)]
    [InlineData(ActivationFunction.GeluTanh)]
    [InlineData(ActivationFunction.Relu)]
    [InlineData(ActivationFunction.QuickGelu)]
    public void Functions_keep_zero_large_values_and_stay_finite(ActivationFunction function)
    {
        Assert.Equal(0, QuantizedArithmetic.Activate(function, 0));
        Assert.Equal(0, QuantizedArithmetic.Activate(function, -0f));
        Assert.Equal(500, QuantizedArithmetic.Activate(function, 500));
        Assert.InRange(QuantizedArithmetic.Activate(function, -500), -1e-30f, 0);
        foreach (float x in new[] { 1e30f, -1e30f, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon })
        {
            Assert.True(float.IsFinite(QuantizedArithmetic.Activate(function, x)), $"{function}({x})");
        }
    }

    [Fact]
    public void A_cap_is_a_hyperbolic_tangent()
    {
        foreach (float cap in new[] { 0.5f, 30, 50 })
        {
            for (float x = -4 * cap; x < 4 * cap; x += cap / 97)
            {
                Assert.InRange(QuantizedArithmetic.Cap(x, cap) - (cap * Math.Tanh(x / (double)cap)), -5e-7 * cap, 5e-7 * cap);
            }

            Assert.Equal(0, QuantizedArithmetic.Cap(0, cap));
            Assert.Equal((cap, -cap), (QuantizedArithmetic.Cap(1e30f, cap), QuantizedArithmetic.Cap(-1e30f, cap)));
        }
    }

    private static double WorstExp2Error(IEnumerable<float> arguments) => arguments.Max(t =>
    {
        double exact = Math.Exp(t * Math.Log(2));
        return Math.Abs(QuantizedArithmetic.Exp2(t) - exact) / exact;
    });
}
