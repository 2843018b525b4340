using Flightc.IR;
using Flightc.Isa;
using Flightc.Numerics;

namespace Flightc.Tests.Interpretation;

/// <summary>
/// The functions of docs/numerics.md §1.2 in double precision, rounded to binary32 after every operation, which is the same as one operation in
/// binary32; and what they stand for.
/// </summary>
internal static class TestFunctions
{
    public static readonly int[] All =
    [
        (int)ActivationFunction.Silu, (int)ActivationFunction.Gelu, (int)ActivationFunction.GeluTanh, (int)ActivationFunction.Relu,
        (int)ActivationFunction.QuickGelu, ActivateRows.Cap,
    ];

    /// <summary>The function of a number of misc.activate.</summary>
    public static float Of(int function, float x, float cap) => function switch
    {
        (int)ActivationFunction.Silu => Logistic(x, x, -Log2E),
        (int)ActivationFunction.Gelu => Gelu(x),
        (int)ActivationFunction.GeluTanh => Logistic(x, R(x + (double)R(R(R(x * (double)x) * (double)x) * (double)R(0.044715))), -2 * Math.Sqrt(2 / Math.PI) * Log2E),
        (int)ActivationFunction.Relu => x > 0 ? x : 0f,
        (int)ActivationFunction.QuickGelu => Logistic(x, x, -1.702 * Log2E),
        _ => Cap(x, cap),
    };

    /// <summary>What it approximates.</summary>
    public static double Exactly(int function, double x, double cap) => function switch
    {
        (int)ActivationFunction.Silu => x / (1 + Math.Exp(-x)),
        (int)ActivationFunction.Gelu => x * NormalDistribution.Cumulative(x),
        (int)ActivationFunction.GeluTanh => x / (1 + Math.Exp(-2 * Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        (int)ActivationFunction.Relu => Math.Max(x, 0),
        (int)ActivationFunction.QuickGelu => x / (1 + Math.Exp(-1.702 * x)),
        _ => cap * Math.Tanh(x / cap),
    };

    public static float Cap(float x, float c)
    {
        float power = TestNumbers.Exp2(R(R(x / (double)c) * (double)R(2 * Log2E)));
        return R(c * (double)R(1 - (double)R(2 / (double)R(1 + (double)power))));
    }

    private const double Log2E = 1.4426950408889634;

    private static float Logistic(float x, float argument, double factor) =>
        R(x / (double)R(1 + (double)TestNumbers.Exp2(R(argument * (double)R(factor)))));

    private static float Gelu(float x)
    {
        double z = R(Math.Abs(x) * (double)R(Math.Sqrt(0.5)));
        double t = R(1 / (double)R(1 + (double)R(z * R(0.3275911))));
        double p = 0;
        foreach (double a in (double[])[1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592])
        {
            p = R(R(p * t) + (double)R(a));
        }

        double h = R(R(R(p * t) * (double)TestNumbers.Exp2(R(R(z * z) * (double)R(-Log2E)))) * 0.5);
        return x >= 0 ? R(x * (double)R(1 - h)) : R(x * h);
    }

    private static float R(double value) => (float)value;
}
