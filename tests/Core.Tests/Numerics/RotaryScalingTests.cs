using Flightc.Numerics;

namespace Flightc.Tests.Numerics;

/// <summary>Published scalings of rotary frequencies, against their formulas in plain binary64.</summary>
public sealed class RotaryScalingTests
{
    [Theory]
    [InlineData(10000, 128, 8)]
    [InlineData(1e6, 256, 3.5)]
    public void Linear_scaling_divides_all_frequencies(double theta, int dim, double factor) =>
        Assert.All(RotaryScaling.Linear(theta, dim, factor).Divisors, divisor => Assert.Equal(factor, divisor));

    [Fact]
    public void A_factor_of_one_is_no_scaling() => Assert.Equal(new RotaryAngles(10000, 64), RotaryScaling.Linear(10000, 64, 1));

    [Theory]
    [InlineData(500000, 128, 8, 1, 4, 8192)]
    [InlineData(500000, 64, 32, 1, 4, 8192)]
    [InlineData(500, 12, 8, 1, 4, 32)]
    public void The_scaling_of_LLaMA_3_keeps_high_frequencies_and_divides_low_ones(
        double theta, int dim, double factor, double low, double high, double original)
    {
        RotaryAngles angles = RotaryScaling.Llama3(theta, dim, factor, low, high, original);

        for (int i = 0; i < dim / 2; i++)
        {
            double frequency = Math.Exp(-2.0 * i / dim * Math.Log(theta)), wave = 2 * Math.PI / frequency;
            double smooth = ((original / wave) - low) / (high - low);
            double expected = wave < original / high ? frequency
                : wave > original / low ? frequency / factor
                : ((1 - smooth) * frequency / factor) + (smooth * frequency);
            Assert.Equal(expected, frequency / angles.Divisors[i], expected * 1e-7);
        }

        Assert.Equal((1, factor), (angles.Divisors[0], angles.Divisors[^1]));
    }

    [Theory]
    [InlineData(10000, 128, 4, 32, 1, 4096, true)]
    [InlineData(1e6, 128, 4, 32, 1, 32768, true)]
    [InlineData(1e6, 128, 4, 32, 1, 32768, false)]
    [InlineData(150000, 64, 32, 32, 1, 4096, false)]
    [InlineData(10000, 8, 16, 32, 1, 40, true)]
    public void YaRN_mixes_frequencies_by_a_ramp_over_pairs(
        double theta, int dim, double factor, double fast, double slow, double original, bool rounds)
    {
        RotaryAngles angles = RotaryScaling.Yarn(theta, dim, factor, fast, slow, original, rounds, 1.25);

        double Pair(double turns) => dim * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
        double first = rounds ? Math.Floor(Pair(fast)) : Pair(fast), last = rounds ? Math.Ceiling(Pair(slow)) : Pair(slow);
        (first, last) = (Math.Max(first, 0), Math.Min(last, dim - 1));
        for (int i = 0; i < dim / 2; i++)
        {
            double ramp = Math.Clamp((i - first) / (last - first), 0, 1);
            double expected = (ramp / factor) + (1 - ramp);
            Assert.Equal(expected, 1 / angles.Divisors[i], 1e-6);
        }

        Assert.Equal(1.25, angles.Magnitude);
    }

    [Fact]
    public void A_ramp_without_length_is_still_a_ramp()
    {
        // All frequencies turn less than once: both ends of the ramp are the first pair.
        RotaryAngles angles = RotaryScaling.Yarn(10000, 8, 2, 32, 1, 3, roundsEnds: true, magnitude: 1);

        Assert.Equal([1, 2, 2, 2], angles.Divisors);
    }

    [Theory]
    [InlineData(4, 1, 1.1386294361119891)]
    [InlineData(40, 0.707, 1.2608038795480462)]
    [InlineData(1, 1, 1)]
    [InlineData(0.5, 1, 1)]
    public void The_magnitude_of_YaRN_grows_with_the_logarithm(double factor, double weight, double magnitude) =>
        Assert.Equal(magnitude, RotaryScaling.YarnMagnitude(factor, weight), 1e-6);

    [Theory]
    [InlineData(32, 4096, 1.1902380714238083)]
    [InlineData(1, 4096, 1)]
    public void The_magnitude_of_LongRoPE_is_the_root_of_one_and_a_share_of_logarithms(double factor, double original, double magnitude) =>
        Assert.Equal(magnitude, RotaryScaling.LongMagnitude(factor, original), 1e-6);

    [Fact]
    public void Numbers_are_of_32_bits_so_that_texts_are_short_and_platforms_agree()
    {
        RotaryAngles angles = RotaryScaling.Llama3(500000, 128, 8, 1, 4, 8192);

        Assert.All(angles.Divisors, divisor => Assert.Equal((float)divisor, divisor));
        Assert.Equal(1.1902381181716919, RotaryScaling.LongMagnitude(32, 4096));
    }
}
