using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Passes.Compression;

/// <summary>The largest magnitude of weights, and whether all of them are finite.</summary>
internal static class WeightMagnitudes
{
    private const uint Magnitude = 0x7FFF_FFFF;

    /// <summary>The largest |w|: infinite or NaN where a weight is one of the two.</summary>
    /// <remarks>Magnitudes of binary32 are in the order of their bits, infinity above all numbers and NaN above infinity.</remarks>
    /// <param name="weights">Any number of weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Largest(ReadOnlySpan<float> weights)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(weights);
        ref uint first = ref MemoryMarshal.GetReference(bits);
        Vector512<uint> mask = Vector512.Create(Magnitude), even = Vector512<uint>.Zero, odd = even;
        int width = Vector512<uint>.Count, i = 0;
        for (; i <= bits.Length - (2 * width); i += 2 * width)
        {
            even = Vector512.Max(even, Vector512.LoadUnsafe(ref first, (nuint)i) & mask);
            odd = Vector512.Max(odd, Vector512.LoadUnsafe(ref first, (nuint)(i + width)) & mask);
        }

        even = Vector512.Max(even, odd);
        Vector256<uint> eight = Vector256.Max(even.GetLower(), even.GetUpper());
        Vector128<uint> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        uint largest = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
        for (; i < bits.Length; i++)
        {
            largest = Math.Max(largest, bits[i] & Magnitude);
        }

        return BitConverter.UInt32BitsToSingle(largest);
    }
}
