using Flightc.Reference;

namespace Flightc.Tests;

public sealed class FloatExponentialsTests
{
    [Fact]
    public void Exponentials_are_those_of_binary64_rounded_once_whatever_the_length()
    {
        for (int length = 0; length <= 40; length++)
        {
            float[] x = [.. Enumerable.Range(0, length).Select(i => -i * i * 0.37f)];
            float[] y = [.. x];
            FloatExponentials.Replace(y, 0.25f);
            for (int i = 0; i < length; i++)
            {
                AssertNear((float)Math.Exp(x[i] - 0.25f), y[i]);
            }
        }
    }

    [Fact]
    public void Hidden_scores_have_probability_zero_and_what_is_no_number_shows()
    {
        float[] x = [float.NegativeInfinity, -800, 0, -1];
        FloatExponentials.Replace(x, 0);
        Assert.Equal([0, 0, 1], x[..3]);
        float[] bad = [float.NaN, 1];
        FloatExponentials.Silu(bad, bad);
        Assert.True(float.IsNaN(bad[0]));
    }

    [Fact]
    public void Silu_is_x_over_one_plus_the_exponential_far_out_too()
    {
        float[] x = [-1e30f, -1000, -100, -20, -3, -0f, 0.5f, 7, 90, 1e30f];
        float[] y = new float[x.Length];
        FloatExponentials.Silu(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            AssertNear((float)(x[i] / (1 + (float)Math.Exp(-(double)x[i]))), y[i]);
        }
    }

    // The two exponentials differ by a few units in the last place of a binary64, so hardly ever by one of a binary32.
    private static void AssertNear(float expected, float actual) =>
        Assert.InRange(actual, float.BitDecrement(expected), float.BitIncrement(expected));
}
