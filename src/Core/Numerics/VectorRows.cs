using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Numerics;

/// <summary>Sums over rows of binary32 in one order: the same bits for every width of vectors.</summary>
public static class VectorRows
{
    /// <summary><c>y += factor · x</c>, each element one fused multiply-add.</summary>
    public static void AddScaled(float factor, ReadOnlySpan<float> x, Span<float> y)
    {
        ref float from = ref MemoryMarshal.GetReference(x);
        ref float to = ref MemoryMarshal.GetReference(y[..x.Length]);
        Vector512<float> f = Vector512.Create(factor);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            Vector512.FusedMultiplyAdd(f, Vector512.LoadUnsafe(ref from, (nuint)i), Vector512.LoadUnsafe(ref to, (nuint)i))
                .StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(factor, x[i], y[i]);
        }
    }

    /// <summary><c>y = max(y, |x|)</c>, of finite numbers.</summary>
    public static void TakeLargest(ReadOnlySpan<float> x, Span<float> y)
    {
        ref float from = ref MemoryMarshal.GetReference(x);
        ref float to = ref MemoryMarshal.GetReference(y[..x.Length]);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            Vector512.Max(Vector512.Abs(Vector512.LoadUnsafe(ref from, (nuint)i)), Vector512.LoadUnsafe(ref to, (nuint)i))
                .StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = MathF.Max(y[i], MathF.Abs(x[i]));
        }
    }

    /// <summary>The largest element of some, all finite.</summary>
    public static float Largest(ReadOnlySpan<float> x)
    {
        ref float from = ref MemoryMarshal.GetReference(x);
        Vector512<float> largest = Vector512.Create(float.NegativeInfinity);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            largest = Vector512.Max(largest, Vector512.LoadUnsafe(ref from, (nuint)i));
        }

        float result = x[0];
        for (int lane = 0; lane < 16 && i > 0; lane++)
        {
            result = MathF.Max(result, largest[lane]);
        }

        for (; i < x.Length; i++)
        {
            result = MathF.Max(result, x[i]);
        }

        return result;
    }

    /// <summary><c>x = factor · x</c></summary>
    public static void Scale(float factor, Span<float> x)
    {
        ref float at = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            (Vector512.LoadUnsafe(ref at, (nuint)i) * factor).StoreUnsafe(ref at, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            x[i] *= factor;
        }
    }

    /// <summary><c>Σ x · y</c> in binary32, in 16 sums that are then added in halves: for a few hundred elements.</summary>
    public static float ShortDot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ref float a = ref MemoryMarshal.GetReference(x);
        ref float b = ref MemoryMarshal.GetReference(y[..x.Length]);
        Vector512<float> sums = Vector512<float>.Zero;
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            sums = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref a, (nuint)i), Vector512.LoadUnsafe(ref b, (nuint)i), sums);
        }

        float sum = SumOfLanes(sums);
        for (; i < x.Length; i++)
        {
            sum = MathF.FusedMultiplyAdd(x[i], y[i], sum);
        }

        return sum;
    }

    /// <summary>The sum across lanes in one order, whatever a library may choose: halves are added until one lane is left.</summary>
    public static float SumOfLanes(Vector512<float> v)
    {
        Vector256<float> eight = v.GetLower() + v.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    /// <summary><c>Σ x · y</c> in binary64, one after another.</summary>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }
}
