using Flightc.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Functions in binary64 from + − × ÷ and roots alone, so that what is folded is the same on every platform. Relative error at most about 2^-45.</summary>
internal static class PortableFunctions
{
    // π/2 in three parts; the first two have 33 bits each, so that their products with a number of quarter turns below 2^20 are exact.
    private const double HalfPi1 = 1.57079632673412561417e+00;
    private const double HalfPi2 = 6.07710050630396597660e-11;
    private const double HalfPi3 = 2.02226624879595063154e-21;

    private const double LargestAngle = 1 << 20;

    // Below, erf's series needs few terms; above, its continued fraction does.
    private const double ErfSeriesEnd = 2.5;

    /// <summary><c>e^x</c>.</summary>
    public static double Exp(double x) => double.IsNaN(x) ? x : PortableMath.Exp(x);

    /// <summary>The natural logarithm; NaN below 0.</summary>
    public static double Log(double x) =>
        double.IsNaN(x) || x < 0 ? double.NaN
        : x == 0 ? double.NegativeInfinity
        : double.IsPositiveInfinity(x) ? x
        : PortableMath.Log(x);

    /// <summary><c>ln(1 + x)</c> without losing small x.</summary>
    public static double LogOnePlus(double x)
    {
        double sum = 1 + x;

        // What rounding took from the sum is given back to first order (Higham, Accuracy and Stability of Numerical Algorithms, section 1.14).
        return sum == 1 || double.IsInfinity(sum) ? (double.IsInfinity(sum) ? sum : x) : Log(sum) * (x / (sum - 1));
    }

    /// <summary><c>x^y</c> with the rules of IEEE 754 for zeros, infinities and NaN.</summary>
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return double.NaN;
        }

        bool isWhole = Math.Floor(y) == y;
        if (isWhole && Math.Abs(y) <= 64)
        {
            double power = WholePower(x, (int)Math.Abs(y));
            return y < 0 ? 1 / power : power;
        }

        double size = Math.Abs(x);
        bool isNegative = double.IsNegative(x) && isWhole && Math.Abs(y) < 1L << 53 && Math.Abs(y % 2) == 1;
        double result = y == 0.5 && x >= 0 ? Math.Sqrt(x)
            : x < 0 && !isWhole && !double.IsInfinity(x) ? double.NaN
            : size == 1 ? 1
            : size == 0 || double.IsInfinity(size) || double.IsInfinity(y) ? ((size > 1) == (y > 0) ? double.PositiveInfinity : 0)
            : Exp(y * Log(size));
        return isNegative ? -result : result;
    }

    /// <summary>The sine.</summary>
    public static double Sin(double x) => Sine(x, 0);

    /// <summary>The cosine.</summary>
    public static double Cos(double x) => Sine(x, 1);

    /// <summary>The hyperbolic tangent.</summary>
    public static double Tanh(double x)
    {
        double size = Math.Abs(x);
        if (!(size >= 0.1))
        {
            // tanh x = sinh x / cosh x; the series lose nothing where the exponentials would cancel. NaN comes here too.
            double square = x * x;
            double sinh = x * (1 + square / 6 * (1 + square / 20 * (1 + square / 42 * (1 + square / 72))));
            double cosh = 1 + square / 2 * (1 + square / 12 * (1 + square / 30 * (1 + square / 56 * (1 + square / 90))));
            return sinh / cosh;
        }

        double decay = Exp(-2 * size);
        return Math.CopySign((1 - decay) / (1 + decay), x);
    }

    /// <summary><c>1 / (1 + e^-x)</c>.</summary>
    public static double Sigmoid(double x)
    {
        double decay = Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + decay) : decay / (1 + decay);
    }

    /// <summary>The error function (Abramowitz and Stegun 7.1.6 and 7.1.14).</summary>
    public static double Erf(double x)
    {
        const double TwoOverRootPi = 1.1283791670955126;
        double size = Math.Abs(x);
        if (double.IsNaN(x) || size > 6)
        {
            return double.IsNaN(x) ? x : Math.CopySign(1, x);
        }

        if (size <= ErfSeriesEnd)
        {
            double term = size;
            double sum = size;
            for (int n = 1; term > sum * 1e-18; n++)
            {
                term *= 2 * size * size / (2 * n + 1);
                sum += term;
            }

            return Math.CopySign(TwoOverRootPi * Exp(-size * size) * sum, x);
        }

        double fraction = 0;
        for (int n = 80; n >= 1; n--)
        {
            fraction = n / 2.0 / (size + fraction);
        }

        return Math.CopySign(1 - Exp(-size * size) * TwoOverRootPi / 2 / (size + fraction), x);
    }

    private static double WholePower(double x, int power)
    {
        double result = 1;
        for (double square = x; power > 0; power >>= 1, square *= square)
        {
            result = (power & 1) != 0 ? result * square : result;
        }

        return result;
    }

    // sin(x + quarter turns), x reduced to ±π/4.
    private static double Sine(double x, int quarters)
    {
        if (!double.IsFinite(x))
        {
            return double.NaN;
        }

        if (Math.Abs(x) > LargestAngle)
        {
            // Exact in binary64: a remainder of a division always is. What is lost is the rest of 2π, relative 2^-53 of the turns.
            x = Math.IEEERemainder(x, 2 * Math.PI);
        }

        double turns = Math.Round(x / (Math.PI / 2), MidpointRounding.ToEven);
        double rest = x - turns * HalfPi1 - turns * HalfPi2 - turns * HalfPi3;
        double square = rest * rest;
        int quarter = (int)((long)turns + quarters & 3);
        double value = (quarter & 1) == 0 ? rest * Series(square, 1) : Series(square, 0);
        return quarter >= 2 ? -value : value;
    }

    // Σ (-square)^n · first! / (2n + first)!: the cosine from 0, the sine over its argument from 1.
    private static double Series(double square, int first)
    {
        double sum = 1;
        for (int n = 9; n >= 1; n--)
        {
            int place = 2 * n + first;
            sum = 1 - square / (place * (place - 1)) * sum;
        }

        return sum;
    }
}
