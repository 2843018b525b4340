using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Calibration;

/// <summary>Looks for NaN and infinity.</summary>
internal static class FiniteCheck
{
    private const int Magnitude = 0x7FFF_FFFF;
    private const int Infinity = 0x7F80_0000;

    /// <summary>The first element that is not finite; -1 where all are.</summary>
    public static int FirstFault(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<int> bits = MemoryMarshal.Cast<float, int>(values);
        ref int at = ref MemoryMarshal.GetReference(bits);
        int i = 0;
        while (i + 16 <= bits.Length
            && !Vector512.GreaterThanOrEqualAny(Vector512.LoadUnsafe(ref at, (nuint)i) & Vector512.Create(Magnitude), Vector512.Create(Infinity)))
        {
            i += 16;
        }

        for (; i < bits.Length; i++)
        {
            if ((bits[i] & Magnitude) >= Infinity)
            {
                return i;
            }
        }

        return -1;
    }
}
