using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Codes of 4 bits, two to a byte, the first in the low half: rows of a narrow KV cache.</summary>
internal static unsafe class PackedCodes
{
    /// <summary>Packs 2 · <paramref name="bytes"/> codes of -8 … 7.</summary>
    public static void Pack(sbyte* codes, byte* target, int bytes)
    {
        for (int j = 0; j < bytes; j++)
        {
            target[j] = (byte)((codes[2 * j] & 15) | (codes[(2 * j) + 1] << 4));
        }
    }

    /// <summary>Unpacks codes to a byte each.</summary>
    public static void Unpack(VectorPath path, byte* packed, int count, sbyte* target)
    {
        int i = 0;
        if (path != VectorPath.Portable)
        {
            for (; i + 32 <= count; i += 32)
            {
                (Vector128<sbyte> first, Vector128<sbyte> second) = Split(Vector128.Load(packed + (i / 2)));
                first.Store(target + i);
                second.Store(target + i + 16);
            }
        }

        for (; i < count; i++)
        {
            target[i] = (sbyte)Code(packed, i);
        }
    }

    /// <summary>Unpacks codes to INT16 and pads them with zeros.</summary>
    public static void Widen(VectorPath path, byte* packed, int count, short* target, int padded)
    {
        int i = 0;
        if (path != VectorPath.Portable)
        {
            for (; i + 32 <= count; i += 32)
            {
                (Vector128<sbyte> first, Vector128<sbyte> second) = Split(Vector128.Load(packed + (i / 2)));
                Avx2.ConvertToVector256Int16(first).Store(target + i);
                Avx2.ConvertToVector256Int16(second).Store(target + i + 16);
            }
        }

        for (; i < count; i++)
        {
            target[i] = (short)Code(packed, i);
        }

        for (; i < padded; i++)
        {
            target[i] = 0;
        }
    }

    private static int Code(byte* packed, int i) => packed[i / 2] << (i % 2 == 0 ? 28 : 24) >> 28;

    // The 32 codes of 16 bytes. (c xor 8) - 8 is the number whose four bits c is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<sbyte> First, Vector128<sbyte> Second) Split(Vector128<byte> packed)
    {
        Vector128<byte> four = Vector128.Create((byte)15), eight = Vector128.Create((byte)8);
        Vector128<byte> even = ((packed & four) ^ eight) - eight;
        Vector128<byte> odd = ((Vector128.ShiftRightLogical(packed.AsUInt16(), 4).AsByte() & four) ^ eight) - eight;
        return (Sse2.UnpackLow(even, odd).AsSByte(), Sse2.UnpackHigh(even, odd).AsSByte());
    }
}
