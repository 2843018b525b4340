using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.IR;

namespace Flightc.Packing;

/// <summary>Writes tiles of a weight stream: the mirror of <see cref="TileReader"/>, docs/memory.md §2.</summary>
public static class TileWriter
{
    private const int Side = BlockForm.Side;

    /// <summary>The densities by which the blocks of a group take the fewest bytes.</summary>
    /// <param name="codes">(16, G), row-major</param>
    /// <param name="format">Width and group size.</param>
    /// <returns>3 bits per block, for <see cref="TileHeader.Weights"/>; a block without weights is absent.</returns>
    public static uint SmallestDensities(ReadOnlySpan<sbyte> codes, QuantizedFormat format)
    {
        uint densities = TileHeader.DensitiesOf(0);
        for (int i = 0; i < format.GroupSize / Side; i++)
        {
            int most = MostNonZeros(codes, format.GroupSize, i);
            densities ^= (uint)(BlockDensity.Absent ^ BlockForm.Holding(most, format.Bits).Density) << (3 * i);
        }

        return densities;
    }

    /// <summary>
    /// The densities by which the blocks of a tile are stored under its format's sparsity. Of a pattern's entries
    /// the densest goes to the block with the most codes in a row, and so on; among equal blocks, the one in the
    /// lower columns gets the denser entry.
    /// </summary>
    /// <remarks>Every way to deal out a pattern's entries takes the same bytes and the same work, so that it only
    /// matters that every block fits; where any way fits, this one does.</remarks>
    /// <param name="codes">(16, G), row-major</param>
    /// <param name="format">A known one.</param>
    /// <param name="blocks">Blocks that the matrix reaches into, 1 … G / 16.</param>
    /// <returns>3 bits per block, for <see cref="TileHeader.Weights"/>; blocks may have more codes than that.</returns>
    public static uint DensitiesOf(ReadOnlySpan<sbyte> codes, QuantizedFormat format, int blocks)
    {
        if (format.Sparsity.Pattern.IsEmpty)
        {
            return FormatTiles.Densities(format, blocks);
        }

        Span<int> most = stackalloc int[blocks];
        for (int i = 0; i < blocks; i++)
        {
            most[i] = MostNonZeros(codes, format.GroupSize, i);
        }

        uint densities = TileHeader.DensitiesOf(0);
        for (int entry = 0; entry < blocks; entry++)
        {
            int fullest = 0;
            for (int i = 1; i < blocks; i++)
            {
                fullest = most[i] > most[fullest] ? i : fullest;
            }

            // Dealt: less than any block has.
            most[fullest] = -1;
            BlockDensity density = FormatTiles.Form(format, entry, blocks).Density;
            densities ^= (uint)(BlockDensity.Absent ^ density) << (3 * fullest);
        }

        return densities;
    }

    /// <summary>Whether no block has more codes in a row than its density keeps.</summary>
    /// <param name="header">Of a weights tile.</param>
    /// <param name="codes">(16, G), row-major</param>
    public static bool Holds(TileHeader header, ReadOnlySpan<sbyte> codes)
    {
        for (int i = 0; i < header.Blocks; i++)
        {
            int kept = header.Block(i).Kept;
            if (kept < Side && MostNonZeros(codes, header.GroupSize, i) > kept)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes an end tile.</summary>
    /// <param name="tile"><see cref="TileHeader.HeaderBytes"/> bytes.</param>
    public static void WriteEnd(Span<byte> tile) =>
        BinaryPrimitives.WriteUInt64LittleEndian(tile, TileHeader.End.Word);

    /// <summary>Writes a scales tile.</summary>
    /// <param name="tile"><see cref="TileHeader.TileBytes"/> bytes.</param>
    /// <param name="header">Of a scales tile.</param>
    /// <param name="scales">(16); what short ones cannot hold is lost, and the packer checks by reading back.</param>
    public static void WriteScales(Span<byte> tile, TileHeader header, ReadOnlySpan<float> scales)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(tile, header.Word);
        for (int r = 0; r < Side; r++)
        {
            if (header.HasShortScales)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(tile[(TileHeader.HeaderBytes + (2 * r))..], ShortScale.ToBits(scales[r]));
            }
            else
            {
                BinaryPrimitives.WriteSingleLittleEndian(tile[(TileHeader.HeaderBytes + (4 * r))..], scales[r]);
            }
        }
    }

    /// <summary>
    /// Writes a weights tile. Bits of a code or multiplier beyond its width are lost; the packer checks by
    /// reading back.
    /// </summary>
    /// <param name="tile"><see cref="TileHeader.TileBytes"/> bytes.</param>
    /// <param name="header">Of a weights tile.</param>
    /// <param name="codes">(16, G), row-major; 0 in absent blocks and beyond the matrix.</param>
    /// <param name="multipliers">(16)</param>
    /// <exception cref="ArgumentException">A block has more codes in a row than its density keeps.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteWeights(
        Span<byte> tile, TileHeader header, ReadOnlySpan<sbyte> codes, ReadOnlySpan<byte> multipliers)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(tile, header.Word);
        BitWriter bits = new(tile.Slice(TileHeader.MultipliersAt, 12));
        for (int r = 0; r < Side; r++)
        {
            bits.Append(multipliers[r], 6);
        }

        int stride = header.GroupSize;
        Span<byte> rest = tile[TileHeader.BlocksAt..(int)header.TileBytes];
        for (int i = 0; i < header.Blocks; i++)
        {
            BlockForm form = header.Block(i);
            ReadOnlySpan<sbyte> block = codes[(i * Side)..];
            if (form.Layout == BlockLayout.Dense)
            {
                WriteDense(rest, header.Bits, block, stride);
            }
            else
            {
                WriteKept(rest[..form.Bytes], form, header.Bits, block, stride);
            }

            rest = rest[form.Bytes..];
        }
    }

    // Eight codes, four columns of two rows, become as many bytes as a code has bits.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteDense(Span<byte> rest, int width, ReadOnlySpan<sbyte> codes, int stride)
    {
        ulong keep = 0x0101010101010101UL * ((1u << width) - 1);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(codes)[..(((Side - 1) * stride) + Side)];
        ref byte code = ref MemoryMarshal.GetReference(bytes);
        int at = 0;
        for (int unit = 0; unit < Side; unit += BlockForm.UnitColumns)
        {
            for (int r = 0; r < Side; r += 2, at += width)
            {
                uint even = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref code, (r * stride) + unit));
                uint odd = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref code, ((r + 1) * stride) + unit));
                WriteLowBytes(rest, at, Compress(even | (ulong)odd << 32, keep, width), width);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Compress(ulong eight, ulong keep, int width)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitExtract(eight, keep);
        }

        ulong result = 0;
        for (int i = 7; i >= 0; i--)
        {
            result = result << width | (eight & keep) >> (8 * i) & 0xFF;
        }

        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteLowBytes(Span<byte> rest, int at, ulong value, int count)
    {
        // What is written too much inside the tile is overwritten by what follows.
        if (at + 8 <= rest.Length)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest[at..], value);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            rest[at + i] = (byte)(value >> (8 * i));
        }
    }

    private static void WriteKept(Span<byte> block, BlockForm form, int width, ReadOnlySpan<sbyte> codes, int stride)
    {
        Span<uint> kept = stackalloc uint[Side];
        for (int r = 0; r < Side; r++)
        {
            kept[r] = KeptColumns(NonZeros(codes, r * stride), form.Kept);
        }

        if (form.Layout == BlockLayout.Mask)
        {
            WriteMask(block, width, kept, codes, stride);
        }
        else if (form.Layout == BlockLayout.Index)
        {
            WriteIndex(block, form.Kept, width, kept, codes, stride);
        }
    }

    private static void WriteMask(
        Span<byte> block, int width, ReadOnlySpan<uint> kept, ReadOnlySpan<sbyte> codes, int stride)
    {
        BitWriter bits = new(block[32..]);
        for (int unit = 0; unit < 4; unit++)
        {
            int first = unit * BlockForm.UnitColumns;
            ulong mask = 0;
            for (int r = 0; r < Side; r++)
            {
                mask |= (ulong)(kept[r] >> first & 15) << (BlockForm.UnitColumns * r);
            }

            BinaryPrimitives.WriteUInt64LittleEndian(block[(8 * unit)..], mask);
            for (; mask != 0; mask &= mask - 1)
            {
                int code = BitOperations.TrailingZeroCount(mask);
                bits.Append(
                    codes[(code / BlockForm.UnitColumns * stride) + first + (code % BlockForm.UnitColumns)],
                    width);
            }
        }
    }

    private static void WriteIndex(
        Span<byte> block, int count, int width, ReadOnlySpan<uint> kept, ReadOnlySpan<sbyte> codes, int stride)
    {
        BitWriter columns = new(block);
        BitWriter bits = new(block[(8 * count)..]);
        for (int r = 0; r < Side; r++)
        {
            for (uint mask = kept[r]; mask != 0; mask &= mask - 1)
            {
                int column = BitOperations.TrailingZeroCount(mask);
                columns.Append(column, 4);
                bits.Append(codes[(r * stride) + column], width);
            }
        }
    }

    // A row with fewer weights than its block keeps has zeros in the lowest free columns.
    private static uint KeptColumns(uint nonZeros, int kept)
    {
        int missing = kept - BitOperations.PopCount(nonZeros);
        if (missing < 0)
        {
            throw new ArgumentException(
                $"a row has {kept - missing} codes that are not 0; its block keeps {kept}", nameof(nonZeros));
        }

        for (; missing > 0; missing--)
        {
            nonZeros |= nonZeros + 1;
        }

        return nonZeros;
    }

    // The most codes that are not 0 in a row of a block.
    private static int MostNonZeros(ReadOnlySpan<sbyte> codes, int stride, int block)
    {
        int most = 0;
        for (int r = 0; r < Side; r++)
        {
            most = Math.Max(most, BitOperations.PopCount(NonZeros(codes, (r * stride) + (block * Side))));
        }

        return most;
    }

    private static uint NonZeros(ReadOnlySpan<sbyte> codes, int at) =>
        ~Vector128.Equals(Vector128.Create(codes.Slice(at, Side)), Vector128<sbyte>.Zero).ExtractMostSignificantBits() & 0xFFFF;
}
