using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Numerics;

/// <summary>
/// Exponentials of binary32 that have the same bits on every platform, for calibration: what it finds reaches images.
/// </summary>
/// <remarks>Reduction by powers of two and the series of 2^f for |f| ≤ ½, as docs/numerics.md §1.2 has it for executors; relative
/// error below 4e-7 + 8e-8·|x|, the second part from rounding x·log2(e).</remarks>
public static class PortableExp
{
    private const float Log2E = 1.44269504f;

    // ln(2)^k / k!
    private static readonly float[] Coefficients =
        [1f, 0.693147182f, 0.240226507f, 0.0555041087f, 0.00961812911f, 0.00133335581f, 0.000154035304f];

    /// <summary><c>e^x</c>; 0 below e^-86 or so, and no more than about e^87.</summary>
    public static float Of(float x) => Exp2(Vector512.Create(x * Log2E))[0];

    /// <summary>Replaces every element by <c>e^(x - shift)</c>.</summary>
    /// <param name="values">The exponents; then the exponentials.</param>
    /// <param name="shift">Subtracted from each.</param>
    public static void Replace(Span<float> values, float shift)
    {
        ref float at = ref MemoryMarshal.GetReference(values);
        Vector512<float> offset = Vector512.Create(shift), factor = Vector512.Create(Log2E);
        int i = 0;
        for (; i + 16 <= values.Length; i += 16)
        {
            Exp2((Vector512.LoadUnsafe(ref at, (nuint)i) - offset) * factor).StoreUnsafe(ref at, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            values[i] = Of(values[i] - shift);
        }
    }

    private static Vector512<float> Exp2(Vector512<float> t)
    {
        t = Vector512.Min(Vector512.Max(t, Vector512.Create(-125f)), Vector512.Create(126f));
        Vector512<float> n = Vector512.Round(t);
        Vector512<float> f = t - n;
        Vector512<float> p = Vector512.Create(Coefficients[6]);
        for (int k = 5; k >= 0; k--)
        {
            p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(Coefficients[k]));
        }

        Vector512<int> exponent = Vector512.ConvertToInt32(n) + Vector512.Create(127);
        return p * Vector512.ShiftLeft(exponent, 23).AsSingle();
    }
}
