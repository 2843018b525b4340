using System.Runtime.Intrinsics;

namespace Flightc.Numerics;

/// <summary>
/// Exponential and logarithm in binary64 from + − × ÷ alone, so that a seed gives the same text, and an
/// evaluation the same numbers, on every platform. Relative error about 2^-51.
/// </summary>
public static class PortableMath
{
    // Below, e^x is under 2^-1021; 0 is close enough for a sum whose largest term is 1.
    private const double LeastExponent = -708;
    private const double MostExponent = 709;

    private const double Log2E = 1.4426950408889634;

    // ln 2 in two parts; the first has 32 bits, so that its product with a power of two's number is exact.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    // Adding it rounds to an integer, which stands in the low bits of the sum.
    private const double Rounder = 6755399441055744;

    /// <summary><c>e^x</c>; 0 below -708 and infinite above 709.</summary>
    public static double Exp(double x) =>
        x > MostExponent ? double.PositiveInfinity : Exp(Vector256.Create(x)).ToScalar();

    /// <summary><c>e^x</c> of each, none above 709; 0 below -708.</summary>
    public static Vector256<double> Exp(Vector256<double> x)
    {
        Vector256<double> inRange = Vector256.GreaterThanOrEqual(x, Vector256.Create(LeastExponent));
        x = Vector256.ConditionalSelect(inRange, x, Vector256<double>.Zero);
        Vector256<double> shifted = (x * Log2E) + Vector256.Create(Rounder);
        Vector256<double> power = shifted - Vector256.Create(Rounder);
        Vector256<double> rest = x - (power * Ln2High) - (power * Ln2Low);

        // 1 / n!, n = 13 … 0: at |x| ≤ ln 2 / 2 what is left out is below 2^-57.
        Vector256<double> sum = Vector256.Create(1.0 / 6227020800);
        sum = (sum * rest) + Vector256.Create(1.0 / 479001600);
        sum = (sum * rest) + Vector256.Create(1.0 / 39916800);
        sum = (sum * rest) + Vector256.Create(1.0 / 3628800);
        sum = (sum * rest) + Vector256.Create(1.0 / 362880);
        sum = (sum * rest) + Vector256.Create(1.0 / 40320);
        sum = (sum * rest) + Vector256.Create(1.0 / 5040);
        sum = (sum * rest) + Vector256.Create(1.0 / 720);
        sum = (sum * rest) + Vector256.Create(1.0 / 120);
        sum = (sum * rest) + Vector256.Create(1.0 / 24);
        sum = (sum * rest) + Vector256.Create(1.0 / 6);
        sum = (sum * rest) + Vector256.Create(0.5);
        sum = (sum * rest) + Vector256.Create(1.0);
        sum = (sum * rest) + Vector256.Create(1.0);

        // Adds the power to the exponent; what stands above its bits falls out.
        Vector256<long> scaled = sum.AsInt64() + (shifted.AsInt64() << 52);
        return scaled.AsDouble() & inRange;
    }

    /// <summary><c>ln x</c>, x positive, finite and normal.</summary>
    public static double Log(double x)
    {
        // The last: (0.1716²)^k / (2k + 1) < 2^-58.
        const int terms = 11;
        int power = Math.ILogB(x);
        double mantissa = Math.ScaleB(x, -power);
        if (mantissa > 1.4142135623730951)
        {
            (mantissa, power) = (mantissa / 2, power + 1);
        }

        // ln m = 2 artanh z.
        double z = (mantissa - 1) / (mantissa + 1);
        double square = z * z;
        double sum = 0;
        for (int i = terms; i >= 0; i--)
        {
            sum = (sum * square) + (1.0 / ((2 * i) + 1));
        }

        return (power * Ln2High) + ((power * Ln2Low) + (2 * z * sum));
    }
}
