using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>The codes of two rows side by side, element by element, as INT16.</summary>
internal static unsafe class PairedCodes
{
    /// <summary>Writes two rows.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="first">(count) codes; null for zeros.</param>
    /// <param name="second">The same.</param>
    /// <param name="count">Elements.</param>
    /// <param name="padded">Elements of the result, at least as many; the others are 0.</param>
    /// <param name="target">(padded, 2)</param>
    public static void Write(VectorPath path, sbyte* first, sbyte* second, int count, int padded, short* target)
    {
        int e = 0;
        if (path != VectorPath.Portable)
        {
            for (; e + 16 <= count; e += 16)
            {
                Vector256<short> a = Widened(first, e), b = Widened(second, e);
                Vector256<short> low = Avx2.UnpackLow(a, b), high = Avx2.UnpackHigh(a, b);
                Avx2.Permute2x128(low, high, 0x20).Store(target + (2 * e));
                Avx2.Permute2x128(low, high, 0x31).Store(target + (2 * e) + 16);
            }
        }

        for (; e < padded; e++)
        {
            target[2 * e] = first == null || e >= count ? (short)0 : first[e];
            target[(2 * e) + 1] = second == null || e >= count ? (short)0 : second[e];
        }
    }

    private static Vector256<short> Widened(sbyte* codes, int e) =>
        codes == null ? Vector256<short>.Zero : Avx2.ConvertToVector256Int16(Vector128.Load(codes + e));
}
