using System.Numerics;

namespace Flightc.Tests.Numerics;

/// <summary>Slow arithmetic on integers scaled by 2^320: the judge of the fast tables, with which it shares nothing.</summary>
internal static class FixedPoint
{
    public const int Bits = 320;

    public static readonly BigInteger One = BigInteger.One << Bits;

    private static readonly BigInteger Pi = 4 * (4 * ArcTangentOfInverse(5) - ArcTangentOfInverse(239));

    /// <summary>θ^(-numerator/denominator) by an integer root, to about 300 bits.</summary>
    public static BigInteger InversePower(int theta, int numerator, int denominator)
    {
        int divisor = (int)BigInteger.GreatestCommonDivisor(numerator, denominator);
        (numerator, denominator) = (numerator / divisor, denominator / divisor);
        if (numerator == 0)
        {
            return One;
        }

        // Newton's iteration for x^n = θ^m · 2^(bits·n) from above falls until it reaches the root.
        BigInteger power = BigInteger.Pow(theta, numerator) << (Bits * denominator);
        BigInteger root = BigInteger.One << (int)((power.GetBitLength() + denominator - 1) / denominator);
        while (true)
        {
            BigInteger next = ((denominator - 1) * root + power / BigInteger.Pow(root, denominator - 1)) / denominator;
            if (next >= root)
            {
                return (One << Bits) / root;
            }

            root = next;
        }
    }

    public static BigInteger Cos(BigInteger angle) => Series(angle, 0);

    public static BigInteger Sin(BigInteger angle) => Series(angle, 1);

    /// <summary>Whether no other binary32 is nearer.</summary>
    public static bool IsNearest(float candidate, BigInteger exact)
    {
        BigInteger distance = BigInteger.Abs(Of(candidate) - exact);
        return distance <= BigInteger.Abs(Of(MathF.BitIncrement(candidate)) - exact)
            && distance <= BigInteger.Abs(Of(MathF.BitDecrement(candidate)) - exact);
    }

    /// <summary>The exact value.</summary>
    public static BigInteger Of(float value)
    {
        int exponent = value == 0 ? 0 : Math.ILogB(value);
        return new BigInteger(Math.ScaleB(value, 23 - exponent)) << (Bits - 23 + exponent);
    }

    // Σ (-1)^k x^(2k+first) / (2k+first)!, after whole turns are taken off.
    private static BigInteger Series(BigInteger angle, int first)
    {
        BigInteger x = angle % (2 * Pi);
        BigInteger term = first == 0 ? One : x, sum = term;
        for (int i = first; !term.IsZero; i += 2)
        {
            term = -(((term * x >> Bits) * x) >> Bits) / ((i + 1) * (i + 2));
            sum += term;
        }

        return sum;
    }

    private static BigInteger ArcTangentOfInverse(int n)
    {
        BigInteger power = One / n, sum = power;
        for (int i = 3; !power.IsZero; i += 2)
        {
            power = -power / (n * n);
            sum += power / i;
        }

        return sum;
    }
}
