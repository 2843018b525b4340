using System.Numerics;
using Flightc.Diagnostics;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Writes the 256 codes of a sparse block out, one byte each, in the order of units.</summary>
internal static unsafe class BlockExpansion
{
    /// <summary>Expands a block that is stored by mask or by index.</summary>
    /// <param name="source">The block.</param>
    /// <param name="form">How it is stored.</param>
    /// <param name="bits">Width of a code.</param>
    /// <param name="target">256 bytes: code plus <see cref="DenseCodes.Bias"/>; dropped codes are 0 before
    /// that.</param>
    /// <exception cref="CompilationException">A row does not keep as many codes as the form says
    /// (FLC4005).</exception>
    public static void Expand(byte* source, BlockForm form, int bits, byte* target)
    {
        byte bias = (byte)DenseCodes.Bias(bits);
        new Span<byte>(target, 256).Fill(bias);
        if (form.Layout == BlockLayout.Mask)
        {
            ExpandMask(source, form.Kept, bits, bias, target);
        }
        else
        {
            ExpandIndex(source, form.Kept, bits, bias, target);
        }
    }

    private static void ExpandMask(byte* source, int kept, int bits, byte bias, byte* target)
    {
        // Codes kept so far in each row, a byte per row.
        UInt128 inRow = 0;
        byte* codes = source + 32;
        int at = 0;
        for (int unit = 0; unit < 4; unit++)
        {
            for (ulong mask = ((ulong*)source)[unit]; mask != 0; mask &= mask - 1)
            {
                int code = BitOperations.TrailingZeroCount(mask);
                inRow += UInt128.One << (8 * (code >> 2));
                if (at == 16 * kept)
                {
                    throw Damaged(kept);
                }

                target[(64 * unit) + code] = Code(codes, at++, bits, bias);
            }
        }

        if (inRow != ((UInt128)0x0101010101010101 << 64 | 0x0101010101010101) * (uint)kept)
        {
            throw Damaged(kept);
        }
    }

    private static void ExpandIndex(byte* source, int kept, int bits, byte bias, byte* target)
    {
        byte* codes = source + (8 * kept);
        for (int r = 0; r < 16; r++)
        {
            int before = -1;
            for (int i = r * kept; i < (r + 1) * kept; i++)
            {
                int column = (source[i >> 1] >> (4 * (i & 1))) & 15;
                if (column <= before)
                {
                    throw Damaged(kept);
                }

                before = column;
                target[(64 * (column >> 2)) + (4 * r) + (column & 3)] = Code(codes, i, bits, bias);
            }
        }
    }

    // Reads up to a byte more than the codes take.
    private static byte Code(byte* codes, int index, int bits, byte bias)
    {
        int bit = index * bits;
        int raw = (*(ushort*)(codes + (bit >> 3)) >> (bit & 7)) & ((1 << bits) - 1);
        return (byte)(raw ^ bias);
    }

    private static CompilationException Damaged(int kept) =>
        new(
            Codes.ImageDamaged,
            $"a block of a weight stream does not keep {kept} codes in every row, columns ascending", "",
            "write the image again");
}
