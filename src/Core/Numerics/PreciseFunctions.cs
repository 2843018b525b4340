namespace Flightc.Numerics;

/// <summary>Exp, log, sine and cosine with about 100 correct bits, from sums, products and quotients alone.</summary>
/// <remarks>Every function reduces its argument and sums a Taylor series, whose length leaves a remainder
/// below 2^-107.</remarks>
internal static class PreciseFunctions
{
    // (π/4)^n / n! < 2^-107 from n = 27 on.
    private const int SineTerms = 28;

    // (ln 2 / 2 / 2^6)^n / n! < 2^-113 from n = 12 on: squaring six times costs up to six bits.
    private const int ExpTerms = 13;

    private const int ExpSquarings = 6;

    // z² ≤ 0.0295 where z = (m - 1) / (m + 1) and m lies between √½ and √2.
    private const int LogTerms = 23;

    private const double TwoOverPi = 0.6366197723675814;

    private static readonly DoubleDouble Ln2 = new(0.6931471805599453, 2.3190468138462996e-17);

    private static readonly DoubleDouble HalfPi = new(1.5707963267948966, 6.123233995736766e-17);

    // What is left of π/2, so that many quarter turns can be taken off without losing the bits of the rest.
    private const double HalfPiRest = -1.4973849048591698e-33;

    private static readonly DoubleDouble[] InverseFactorials = MakeInverseFactorials();

    /// <summary><c>e^x</c>, |x| ≤ 700.</summary>
    public static DoubleDouble Exp(DoubleDouble x)
    {
        double power = Math.Round(x.High / Ln2.High);
        DoubleDouble rest = x - Ln2 * power;
        double shrink = Math.ScaleB(1, -ExpSquarings);
        rest = new(rest.High * shrink, rest.Low * shrink);
        DoubleDouble sum = InverseFactorials[ExpTerms];
        for (int i = ExpTerms - 1; i >= 0; i--)
        {
            sum = sum * rest + InverseFactorials[i];
        }

        for (int i = 0; i < ExpSquarings; i++)
        {
            sum *= sum;
        }

        double scale = Math.ScaleB(1, (int)power);
        return new(sum.High * scale, sum.Low * scale);
    }

    /// <summary><c>ln x</c>, x positive, finite and normal.</summary>
    public static DoubleDouble Log(double x)
    {
        int power = Math.ILogB(x);
        double mantissa = Math.ScaleB(x, -power);
        if (mantissa > 1.4142135623730951)
        {
            (mantissa, power) = (mantissa / 2, power + 1);
        }

        DoubleDouble z = (DoubleDouble)(mantissa - 1) / ((DoubleDouble)mantissa + 1);
        DoubleDouble square = z * z;
        DoubleDouble sum = 0;
        for (int i = LogTerms; i >= 0; i--)
        {
            sum = sum * square + (DoubleDouble)1 / (2 * i + 1);
        }

        return Ln2 * power + sum * z * 2;
    }

    /// <summary>Cosine and sine of an angle in radians, below 2^31 in magnitude.</summary>
    public static (DoubleDouble Cos, DoubleDouble Sin) CosSin(DoubleDouble angle)
    {
        double quarters = Math.Round(angle.High * TwoOverPi);
        // The product with each part of π/2 is taken off by itself: the first cancels nearly all of the angle.
        double high = quarters * HalfPi.High;
        double error = Math.FusedMultiplyAdd(quarters, HalfPi.High, -high);
        DoubleDouble rest = angle - high - error;
        high = quarters * HalfPi.Low;
        error = Math.FusedMultiplyAdd(quarters, HalfPi.Low, -high);
        rest = rest - high - error - quarters * HalfPiRest;

        DoubleDouble square = -(rest * rest);
        DoubleDouble cos = InverseFactorials[SineTerms];
        DoubleDouble sin = InverseFactorials[SineTerms + 1];
        for (int i = SineTerms - 2; i >= 0; i -= 2)
        {
            cos = cos * square + InverseFactorials[i];
            sin = sin * square + InverseFactorials[i + 1];
        }

        sin *= rest;
        return ((long)quarters & 3) switch
        {
            0 => (cos, sin),
            1 => (-sin, cos),
            2 => (-cos, -sin),
            _ => (sin, -cos),
        };
    }

    private static DoubleDouble[] MakeInverseFactorials()
    {
        DoubleDouble[] values = new DoubleDouble[SineTerms + 2];
        values[0] = 1;
        for (int i = 1; i < values.Length; i++)
        {
            values[i] = values[i - 1] / i;
        }

        return values;
    }
}
