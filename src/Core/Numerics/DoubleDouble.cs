namespace Flightc.Numerics;

/// <summary>
/// An unevaluated sum of two binary64 numbers, <c>|Low| ≤ ulp(High) / 2</c>: about 104 bits, with the same
/// bits on every platform.
/// </summary>
/// <remarks>Error-free sums and products by Dekker (1971) and Knuth (TAOCP 4.2.2), with FMA for the product's
/// error.</remarks>
internal readonly record struct DoubleDouble(double High, double Low)
{
    public static implicit operator DoubleDouble(double value) => new(value, 0);

    public static DoubleDouble operator -(DoubleDouble x) => new(-x.High, -x.Low);

    public static DoubleDouble operator +(DoubleDouble x, DoubleDouble y)
    {
        (double high, double error) = TwoSum(x.High, y.High);
        (double low, double lowError) = TwoSum(x.Low, y.Low);
        (high, error) = FastTwoSum(high, error + low);
        return Normalised(high, error + lowError);
    }

    public static DoubleDouble operator -(DoubleDouble x, DoubleDouble y) => x + -y;

    public static DoubleDouble operator *(DoubleDouble x, DoubleDouble y)
    {
        double high = x.High * y.High;
        double error = Math.FusedMultiplyAdd(x.High, y.High, -high);
        return Normalised(high, error + (x.High * y.Low + x.Low * y.High));
    }

    public static DoubleDouble operator /(DoubleDouble x, DoubleDouble y)
    {
        double first = x.High / y.High;
        DoubleDouble rest = x - y * first;
        double second = rest.High / y.High;
        rest -= y * second;
        return Normalised(first, second) + rest.High / y.High;
    }

    /// <summary>The binary32 nearest to the sum, rounded once.</summary>
    /// <remarks>High is first rounded to odd, which lets the conversion see on which side of a tie Low
    /// lies.</remarks>
    public float ToSingle()
    {
        long bits = BitConverter.DoubleToInt64Bits(High);
        if (Low != 0 && (bits & 1) == 0)
        {
            bits += Low < 0 == High < 0 ? 1 : -1;
        }

        return (float)BitConverter.Int64BitsToDouble(bits);
    }

    /// <summary>The sum of two numbers of which the first is the larger, or nearly so.</summary>
    private static DoubleDouble Normalised(double high, double low)
    {
        (double sum, double error) = FastTwoSum(high, low);
        return new(sum, error);
    }

    private static (double Sum, double Error) FastTwoSum(double x, double y)
    {
        double sum = x + y;
        return (sum, y - (sum - x));
    }

    private static (double Sum, double Error) TwoSum(double x, double y)
    {
        double sum = x + y;
        double other = sum - x;
        return (sum, (x - (sum - other)) + (y - other));
    }
}
