using Flightc.IR;

namespace Flightc.Reference;

/// <summary>The scalar rules of docs/numerics.md §1, operation by operation.</summary>
public static class QuantizedArithmetic
{
    private const int Segment = 64;

    private const int Lanes = 16;

    // The largest finite binary16.
    private const float HalfLimit = 65504;

    // log2(e), bits 3fb8aa3b.
    private const float Log2E = 1.44269504f;

    /// <summary>2^-100: a vector whose elements are all smaller in magnitude quantises to zeros.</summary>
    private static readonly float Negligible = BitConverter.UInt32BitsToSingle(0x0d800000);

    // -1.702 · log2(e), -2 · √(2/π) · log2(e) and 2 · log2(e).
    private const float QuickGeluFactor = (float)(-1.702 * 1.4426950408889634);
    private const float GeluTanhFactor = (float)(-2 * 0.79788456080286536 * 1.4426950408889634);
    private const float TwiceLog2E = 2 * Log2E;

    // ln(2)^k / k!, k = 0 … 6.
    private static readonly float[] Exp2Coefficients =
    [
        .. new uint[] { 0x3f800000, 0x3f317218, 0x3e75fdf0, 0x3d635847, 0x3c1d955b, 0x3aaec3ff, 0x39218489 }
            .Select(BitConverter.UInt32BitsToSingle),
    ];

    /// <summary>Whether a vector with this largest magnitude quantises to zeros with scale 0.</summary>
    public static bool IsNegligible(float largest) => largest < Negligible;

    /// <summary>The sum in the order of §1.1: 16 lanes in segments of 64, then trees of pairs.</summary>
    public static float Sum(ReadOnlySpan<float> values)
    {
        int segments = (values.Length + Segment - 1) / Segment;
        if (segments == 0)
        {
            return 0;
        }

        float[] padded = new float[segments * Segment];
        values.CopyTo(padded);
        float[] sums = new float[segments];
        for (int i = 0; i < segments; i++)
        {
            sums[i] = SegmentSum(padded.AsSpan(i * Segment, Segment));
        }

        while (sums.Length > 1)
        {
            float[] pairs = new float[(sums.Length + 1) / 2];
            for (int i = 0; i < pairs.Length; i++)
            {
                pairs[i] = 2 * i + 1 < sums.Length ? sums[2 * i] + sums[2 * i + 1] : sums[2 * i];
            }

            sums = pairs;
        }

        return sums[0];
    }

    /// <summary>2^t for t limited to -126 … 126 (§1.2).</summary>
    public static float Exp2(float t)
    {
        t = MathF.Min(MathF.Max(t, -126), 126);
        float n = MathF.Round(t);
        float f = t - n;
        float p = Exp2Coefficients[6];
        for (int k = 5; k >= 0; k--)
        {
            p = MathF.FusedMultiplyAdd(p, f, Exp2Coefficients[k]);
        }

        float power = BitConverter.Int32BitsToSingle(((int)n + 127) << 23);
        return p * power;
    }

    /// <summary><c>x ÷ (1 + 2^(-x · log2 e))</c></summary>
    public static float Silu(float x) => x / (1 + Exp2(x * -Log2E));

    /// <summary><c>x ÷ (1 + 2^(-1.702 x · log2 e))</c></summary>
    public static float QuickGelu(float x) => x / (1 + Exp2(x * QuickGeluFactor));

    /// <summary><c>x ÷ (1 + 2^(-2u · log2 e))</c>, <c>u = √(2/π) · (x + 0.044715 x³)</c></summary>
    public static float GeluTanh(float x)
    {
        float cube = (x * x) * x;
        return x / (1 + Exp2((x + (cube * 0.044715f)) * GeluTanhFactor));
    }

    /// <summary><c>x · Φ(x)</c> with the approximation 7.1.26 of Abramowitz and Stegun.</summary>
    public static float Gelu(float x)
    {
        float z = MathF.Abs(x) * 0.707106769f;
        float t = 1 / (1 + (z * 0.3275911f));
        float p = 1.06140542f * t;
        p = (p + -1.45315206f) * t;
        p = (p + 1.42141378f) * t;
        p = (p + -0.284496725f) * t;
        p = (p + 0.254829586f) * t;
        float tail = (p * Exp2((z * z) * -Log2E)) * 0.5f;
        return x * (x >= 0 ? 1 - tail : tail);
    }

    /// <summary><c>c × (1 - 2 ÷ (1 + 2^(2x ÷ c · log2 e)))</c></summary>
    public static float Cap(float x, float c) => c * (1 - (2 / (1 + Exp2((x / c) * TwiceLog2E))));

    /// <summary>f(x) of §1.2.</summary>
    public static float Activate(ActivationFunction function, float x) => function switch
    {
        ActivationFunction.Silu => Silu(x),
        ActivationFunction.Gelu => Gelu(x),
        ActivationFunction.GeluTanh => GeluTanh(x),
        ActivationFunction.Relu => x > 0 ? x : 0,
        ActivationFunction.QuickGelu => QuickGelu(x),
    };

    /// <summary>The nearest integer within -127 … 127.</summary>
    public static sbyte Clamp127(float x) => (sbyte)MathF.Min(MathF.Max(MathF.Round(x), -127), 127);

    /// <summary>The nearest binary16, saturated, as binary32.</summary>
    public static float RoundToHalf(float x) => (float)(Half)MathF.Min(MathF.Max(x, -HalfLimit), HalfLimit);

    /// <summary>The largest magnitude.</summary>
    public static float LargestMagnitude(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        return largest;
    }

    /// <summary><c>q[i] = clamp127(values[i] × inverse)</c></summary>
    public static void FillCodes(ReadOnlySpan<float> values, float inverse, Span<sbyte> codes)
    {
        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = Clamp127(values[i] * inverse);
        }
    }

    private static float SegmentSum(ReadOnlySpan<float> v)
    {
        Span<float> lanes = stackalloc float[Lanes];
        for (int j = 0; j < Lanes; j++)
        {
            lanes[j] = ((v[j] + v[j + 16]) + v[j + 32]) + v[j + 48];
        }

        for (int width = Lanes / 2; width >= 1; width /= 2)
        {
            for (int j = 0; j < width; j++)
            {
                lanes[j] += lanes[j + width];
            }
        }

        return lanes[0];
    }
}
