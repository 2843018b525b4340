namespace Flightc.Runtime.Interpretation;

/// <summary>The scalar arithmetic of docs/numerics.md, written down once more and as literally as possible.</summary>
/// <remarks>The emulator and the Graph interpreter have their own; that the three agree is what makes a
/// difference between them a finding.</remarks>
internal static class Arithmetic
{
    private const int ExponentBias = 127;
    private const int MantissaBits = 23;
    private const int SegmentElements = 64;

    // ln(2)^k / k!, rounded to binary32.
    private static readonly float[] Exp2Coefficients =
    [
        BitConverter.UInt32BitsToSingle(0x3f800000), BitConverter.UInt32BitsToSingle(0x3f317218),
        BitConverter.UInt32BitsToSingle(0x3e75fdf0), BitConverter.UInt32BitsToSingle(0x3d635847),
        BitConverter.UInt32BitsToSingle(0x3c1d955b), BitConverter.UInt32BitsToSingle(0x3aaec3ff),
        BitConverter.UInt32BitsToSingle(0x39218489),
    ];

    /// <summary>2^-100: magnitudes below it quantise to zero.</summary>
    public static readonly float Negligible = PowerOfTwo(-100);

    /// <summary>C of Attention: 2^24 / 16383.</summary>
    public static readonly float ProbabilityScale = (float)(16777216.0 / 16383.0);

    /// <summary>2^t, with t limited to -126 … 126. NaN gives NaN, so that reading what nobody wrote shows.</summary>
    public static float Exp2(float t)
    {
        float limited = MathF.Min(MathF.Max(t, -126f), 126f);
        float n = RoundToInteger(limited);
        float f = limited - n;
        float p = Exp2Coefficients[6];
        for (int k = 5; k >= 0; k--)
        {
            p = MathF.FusedMultiplyAdd(p, f, Exp2Coefficients[k]);
        }

        return p * PowerOfTwo((int)n);
    }

    /// <summary>The nearest integer, half to even: rint.</summary>
    public static float RoundToInteger(float x) => MathF.Round(x, MidpointRounding.ToEven);

    /// <summary>rint limited to -127 … 127.</summary>
    public static sbyte Clamp127(float x) => (sbyte)MathF.Min(MathF.Max(RoundToInteger(x), -127f), 127f);

    /// <summary>Binary16, half to even, saturating at ±65504.</summary>
    public static Half ToBinary16(float x) => (Half)MathF.Min(MathF.Max(x, -65504f), 65504f);

    /// <summary>The sum of up to 64 elements: steps 1 to 3 of §1.1.</summary>
    public static float SegmentSum(ReadOnlySpan<float> values)
    {
        Span<float> padded = stackalloc float[SegmentElements];
        padded.Clear();
        values.CopyTo(padded);
        Span<float> lanes = stackalloc float[16];
        for (int j = 0; j < 16; j++)
        {
            lanes[j] = ((padded[j] + padded[j + 16]) + padded[j + 32]) + padded[j + 48];
        }

        for (int w = 8; w >= 1; w /= 2)
        {
            for (int j = 0; j < w; j++)
            {
                lanes[j] = lanes[j] + lanes[j + w];
            }
        }

        return lanes[0];
    }

    /// <summary>
    /// Adds neighbours in pairs until one sum is left: step 4 of §1.1. Overwrites the sums; 0 for none.
    /// </summary>
    public static float CombineSegments(Span<float> sums)
    {
        int count = sums.Length;
        while (count > 1)
        {
            int pairs = count / 2;
            for (int i = 0; i < pairs; i++)
            {
                sums[i] = sums[2 * i] + sums[(2 * i) + 1];
            }

            if (count % 2 == 1)
            {
                sums[pairs] = sums[count - 1];
            }

            count = pairs + (count % 2);
        }

        return count == 0 ? 0f : sums[0];
    }

    /// <summary>The sum of any number of elements: §1.1.</summary>
    public static float Sum(ReadOnlySpan<float> values)
    {
        float[] sums = new float[(values.Length + SegmentElements - 1) / SegmentElements];
        for (int i = 0; i < sums.Length; i++)
        {
            int first = i * SegmentElements;
            sums[i] = SegmentSum(values.Slice(first, Math.Min(SegmentElements, values.Length - first)));
        }

        return CombineSegments(sums);
    }

    private static float PowerOfTwo(int n) => BitConverter.Int32BitsToSingle((n + ExponentBias) << MantissaBits);
}
