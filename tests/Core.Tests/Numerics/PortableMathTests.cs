using System.Runtime.Intrinsics;
using Flightc.Numerics;

namespace Flightc.Tests.Numerics;

public sealed class PortableMathTests
{
    [Fact]
    public void The_exponential_is_exact_to_a_few_units_in_the_last_place()
    {
        for (int i = -70_800; i <= 70_900; i++)
        {
            double x = i / 100.0;
            Assert.InRange(PortableMath.Exp(x) / Math.Exp(x), 1 - 1e-15, 1 + 1e-15);
        }

        Assert.Equal(1, PortableMath.Exp(0));
        Assert.Equal(0, PortableMath.Exp(-708.5));
        Assert.Equal(0, PortableMath.Exp(-1e300));
        Assert.Equal(double.PositiveInfinity, PortableMath.Exp(709.5));
    }

    [Fact]
    public void Lanes_are_computed_alike()
    {
        Vector256<double> lanes = PortableMath.Exp(Vector256.Create(-1.5, 0, -800, -33.3));
        Assert.Equal(Vector256.Create(PortableMath.Exp(-1.5), 1, 0, PortableMath.Exp(-33.3)), lanes);
    }

    [Fact]
    public void The_logarithm_undoes_the_exponential()
    {
        for (int i = 1; i < 100_000; i += 7)
        {
            double x = i / 31.0;
            Assert.InRange(PortableMath.Log(x) - Math.Log(x), -2e-15, 2e-15);
        }

        Assert.Equal(0, PortableMath.Log(1));
        Assert.Equal(Math.Log(1e300), PortableMath.Log(1e300), 12);
    }
}
