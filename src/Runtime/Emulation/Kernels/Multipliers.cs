using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>The 16 multipliers of a tile: 6 bits each, row after row.</summary>
internal static unsafe class Multipliers
{
    /// <summary>Spreads them to integers.</summary>
    /// <param name="source">12 bytes; 2 more are read.</param>
    /// <param name="target">(16)</param>
    public static void Spread(byte* source, int* target)
    {
        for (int r = 0; r < 16; r++)
        {
            int bit = 6 * r;
            target[r] = (*(ushort*)(source + (bit >> 3)) >> (bit & 7)) & 63;
        }
    }

    /// <summary>The same, in a register.</summary>
    public static Vector512<int> Load512(byte* source)
    {
        Vector128<byte> spread = Vector128.Create((byte)0, 1, 2, 3, 4, 5, 15, 15, 6, 7, 8, 9, 10, 11, 15, 15);
        Vector128<byte> shifts = Vector128.Create((byte)0, 6, 12, 18, 24, 30, 36, 42, 0, 6, 12, 18, 24, 30, 36, 42);
        Vector128<byte> raw = Ssse3.Shuffle(Vector128.Load(source), spread);
        Vector128<byte> fields = Avx512Vbmi.VL.MultiShift(shifts, raw.AsUInt64()) & Vector128.Create((byte)63);
        return Avx512F.ConvertToVector512Int32(fields);
    }
}
