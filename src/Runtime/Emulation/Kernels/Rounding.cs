using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>The parts of Quantize of docs/numerics.md §3 that all quantising instructions share.</summary>
internal static unsafe class Rounding
{
    /// <summary>2^-100: what is smaller is 0.</summary>
    public static float Smallest => BitConverter.Int32BitsToSingle(27 << 23);

    /// <summary>Codes <c>clamp127((x × w) × inv)</c>.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="x">(count)</param>
    /// <param name="w">(count), or null for no product.</param>
    /// <param name="count">How many.</param>
    /// <param name="inv">127 ÷ a.</param>
    /// <param name="codes">(count)</param>
    public static void ToCodes(VectorPath path, float* x, float* w, int count, float inv, sbyte* codes)
    {
        int i = 0;
        if (path != VectorPath.Portable)
        {
            Vector512<float> scale = Vector512.Create(inv);
            for (; i + 64 <= count; i += 64)
            {
                Vector512<int> a = Clamp(Product(x, w, i) * scale);
                Vector512<int> b = Clamp(Product(x, w, i + 16) * scale);
                Vector512<int> c = Clamp(Product(x, w, i + 32) * scale);
                Vector512<int> d = Clamp(Product(x, w, i + 48) * scale);
                Vector512.Narrow(Vector512.Narrow(a, b), Vector512.Narrow(c, d)).Store(codes + i);
            }
        }

        for (; i < count; i++)
        {
            float t = w == null ? x[i] : x[i] * w[i];
            float q = MathF.Round(t * inv);
            codes[i] = (sbyte)(int)(q > 127f ? 127f : q < -127f ? -127f : q);
        }
    }

    /// <summary>
    /// max |x × w|, 0 for none; NaN where one is NaN, so that what overflowed stays to be seen in the logits.
    /// </summary>
    public static float Largest(VectorPath path, float* x, float* w, int count)
    {
        // Magnitudes are in the order of their bits, and NaN comes last.
        uint largest = 0;
        int i = 0;
        if (path != VectorPath.Portable && count >= 16)
        {
            Vector512<uint> most = default;
            for (; i + 16 <= count; i += 16)
            {
                most = Vector512.Max(most, Vector512.Abs(Product(x, w, i)).AsUInt32());
            }

            for (int lane = 0; lane < Vector512<uint>.Count; lane++)
            {
                largest = Math.Max(largest, most.GetElement(lane));
            }
        }

        for (; i < count; i++)
        {
            largest = Math.Max(largest, BitConverter.SingleToUInt32Bits(MathF.Abs(w == null ? x[i] : x[i] * w[i])));
        }

        return BitConverter.UInt32BitsToSingle(largest);
    }

    /// <summary>The largest lane of numbers that are not NaN.</summary>
    public static float LargestLane(Vector512<float> lanes)
    {
        Vector256<float> eight = Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(four.GetElement(0), four.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Product(float* x, float* w, int i) =>
        w == null ? Vector512.Load(x + i) : Vector512.Load(x + i) * Vector512.Load(w + i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Clamp(Vector512<float> value)
    {
        Vector512<float> limited = Vector512.MinNative(
            Vector512.MaxNative(Vector512.Round(value), Vector512.Create(-127f)), Vector512.Create(127f));
        return Vector512.ConvertToInt32Native(limited);
    }
}
