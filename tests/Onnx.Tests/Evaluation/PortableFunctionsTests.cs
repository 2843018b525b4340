using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>Functions from + − × ÷ alone, against values of tables with 17 digits.</summary>
public sealed class PortableFunctionsTests
{
    private const double Relative = 1e-13;

    [Theory]
    [InlineData(0.5, 0.479425538604203, 0.87758256189037271)]
    [InlineData(1, 0.8414709848078965, 0.54030230586813972)]
    [InlineData(-2, -0.90929742682568171, -0.41614683654714239)]
    [InlineData(10, -0.54402111088936978, -0.83907152907645245)]
    [InlineData(1000, 0.8268795405320026, 0.56237907629070299)]
    [InlineData(1048575, -0.6156211730587509, 0.7880422395289275)]
    public void Sine_and_cosine(double x, double sin, double cos)
    {
        Near(sin, PortableFunctions.Sin(x));
        Near(cos, PortableFunctions.Cos(x));
    }

    [Fact]
    public void Squares_of_sine_and_cosine_sum_to_one()
    {
        for (double x = -3e7; x < 3e7; x += 12345.678)
        {
            double sin = PortableFunctions.Sin(x);
            double cos = PortableFunctions.Cos(x);
            Near(1, sin * sin + cos * cos);
        }
    }

    [Theory]
    [InlineData(0.01, 0.0099996666799994603)]
    [InlineData(0.5, 0.46211715726000976)]
    [InlineData(-3, -0.99505475368673046)]
    [InlineData(50, 1)]
    [InlineData(1e-9, 1e-9)]
    public void The_hyperbolic_tangent(double x, double wanted) => Near(wanted, PortableFunctions.Tanh(x));

    [Theory]
    [InlineData(0.01, 0.011283415555849618)]
    [InlineData(0.5, 0.52049987781304654)]
    [InlineData(-1, -0.84270079294971489)]
    [InlineData(2.4, 0.99931148610335492)]
    [InlineData(3, 0.99997790950300136)]
    [InlineData(9, 1)]
    public void The_error_function(double x, double wanted) => Near(wanted, PortableFunctions.Erf(x));

    [Theory]
    [InlineData(2.5, 1.7, 4.747861205827337)]
    [InlineData(-2, 3, -8)]
    [InlineData(10, -2, 0.01)]
    [InlineData(0.25, 0.5, 0.5)]
    [InlineData(-8, 0, 1)]
    [InlineData(0, -1.5, double.PositiveInfinity)]
    [InlineData(0, 0.3, 0)]
    [InlineData(-1, double.PositiveInfinity, 1)]
    [InlineData(0.5, double.NegativeInfinity, double.PositiveInfinity)]
    [InlineData(-2, 101, -2535301200456458802993406410752.0)]
    public void Powers(double x, double y, double wanted) => Near(wanted, PortableFunctions.Pow(x, y));

    [Fact]
    public void Powers_that_are_no_real_number() => Assert.True(double.IsNaN(PortableFunctions.Pow(-2, 0.5)));

    [Theory]
    [InlineData(1e-20, 1e-20)]
    [InlineData(1e-5, 9.9999500003333309e-6)]
    [InlineData(1.5, 0.91629073187415511)]
    public void The_logarithm_of_one_plus_little(double x, double wanted) => Near(wanted, PortableFunctions.LogOnePlus(x));

    private static void Near(double wanted, double found)
    {
        bool isNear = found.Equals(wanted) || Math.Abs(found - wanted) <= Relative * Math.Abs(wanted);
        Assert.True(isNear, $"{found:R} for {wanted:R}");
    }
}
