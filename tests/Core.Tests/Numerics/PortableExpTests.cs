using Flightc.Numerics;

namespace Flightc.Tests.Numerics;

public sealed class PortableExpTests
{
    [Fact]
    public void The_error_is_what_is_promised()
    {
        for (int i = -8_500; i <= 8_600; i++)
        {
            float x = i / 100f;

            double bound = 4e-7 + (Math.Abs(x) * 8e-8);
            Assert.InRange(PortableExp.Of(x) / Math.Exp(x), 1 - bound, 1 + bound);
        }

        Assert.Equal(1, PortableExp.Of(0));
    }

    [Fact]
    public void Exponents_beyond_the_range_stay_at_its_ends()
    {
        Assert.InRange(PortableExp.Of(-1e6f), 0, 1e-37f);
        Assert.InRange(PortableExp.Of(float.NegativeInfinity), 0, 1e-37f);
        Assert.InRange(PortableExp.Of(1e6f), 1e37f, float.MaxValue);
        Assert.InRange(PortableExp.Of(float.PositiveInfinity), 1e37f, float.MaxValue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    public void Lanes_and_what_is_left_over_are_computed_alike(int count)
    {
        float[] values = new RandomNumbers(1).Floats(count, 20);
        float[] expected = [.. values.Select(v => PortableExp.Of(v - 1.25f))];

        PortableExp.Replace(values, 1.25f);

        Assert.Equal(expected, values);
    }
}
