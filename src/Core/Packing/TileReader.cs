using System.Buffers.Binary;
using System.Numerics;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Packing;

/// <summary>
/// Reads tiles of a weight stream, nothing trusted: docs/memory.md §2. Plain loops; the definition that
/// faster readers are tested against.
/// </summary>
public static class TileReader
{
    private const int Side = BlockForm.Side;

    /// <summary>
    /// The header of the tile at the start of <paramref name="available"/>, if all of the tile is there.
    /// </summary>
    /// <param name="available">The stream from a tile on, up to where it is known.</param>
    /// <param name="header">The header; its <see cref="TileHeader.TileBytes"/> bytes are available when the
    /// result is true.</param>
    /// <returns>False where bytes are missing; nothing beyond the span is read.</returns>
    /// <exception cref="CompilationException">The header is damaged (FLC4005).</exception>
    public static bool TryRead(ReadOnlySpan<byte> available, out TileHeader header)
    {
        header = default;
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(available, out ulong word))
        {
            return false;
        }

        header = TileHeader.Parse(word);
        return header.TileBytes <= available.Length;
    }

    /// <summary>As for a span, for streams longer than one.</summary>
    /// <param name="start">The tile.</param>
    /// <param name="available">Bytes that may be read from there.</param>
    /// <param name="header">The header.</param>
    /// <exception cref="CompilationException">The header is damaged (FLC4005).</exception>
    public static unsafe bool TryRead(byte* start, long available, out TileHeader header) =>
        TryRead(new ReadOnlySpan<byte>(start, (int)Math.Clamp(available, 0, TileHeader.MaxTileBytes)), out header);

    /// <summary>The 16 row scales of a scales tile.</summary>
    /// <param name="tile">A whole scales tile.</param>
    /// <param name="scales">(16)</param>
    /// <exception cref="CompilationException">It is not a whole scales tile (FLC4005).</exception>
    public static void ReadScales(ReadOnlySpan<byte> tile, Span<float> scales)
    {
        TileHeader header = Expect(tile, TileKind.Scales);
        for (int r = 0; r < Side; r++)
        {
            scales[r] = header.HasShortScales
                ? ShortScale.FromBits(BinaryPrimitives.ReadUInt16LittleEndian(tile.Slice(TileHeader.HeaderBytes + (2 * r), 2)))
                : BinaryPrimitives.ReadSingleLittleEndian(tile.Slice(TileHeader.HeaderBytes + (4 * r), 4));
        }
    }

    /// <summary>The codes and multipliers of a weights tile; absent blocks and dropped codes are 0.</summary>
    /// <param name="tile">A whole weights tile.</param>
    /// <param name="codes">(16, G), row-major</param>
    /// <param name="multipliers">(16)</param>
    /// <exception cref="CompilationException">It is not a whole weights tile, or a block does not keep N
    /// codes in every row (FLC4005).</exception>
    public static void Unpack(ReadOnlySpan<byte> tile, Span<sbyte> codes, Span<byte> multipliers)
    {
        TileHeader header = Expect(tile, TileKind.Weights);
        UnpackMultipliers(tile.Slice(TileHeader.MultipliersAt, 12), multipliers);
        int stride = header.GroupSize;
        codes[..(Side * stride)].Clear();
        tile = tile[TileHeader.BlocksAt..];
        for (int i = 0; i < header.Blocks; i++)
        {
            BlockForm form = header.Block(i);
            ReadOnlySpan<byte> block = tile[..form.Bytes];
            Span<sbyte> target = codes[(i * Side)..];
            switch (form.Layout)
            {
                case BlockLayout.Dense:
                    UnpackDense(block, header.Bits, target, stride);
                    break;
                case BlockLayout.Mask:
                    UnpackMask(block, header.Bits, form.Kept, target, stride);
                    break;
                case BlockLayout.Index:
                    UnpackIndex(block, header.Bits, form.Kept, target, stride);
                    break;
                case BlockLayout.Absent:
                    break;
            }

            tile = tile[form.Bytes..];
        }
    }

    private static TileHeader Expect(ReadOnlySpan<byte> tile, TileKind kind)
    {
        if (!TryRead(tile, out TileHeader header))
        {
            throw Damaged($"a tile of a weight stream is cut off after {tile.Length} bytes");
        }

        return header.Kind == kind
            ? header
            : throw Damaged($"a weight stream has '{header}' where a {kind} tile was expected");
    }

    private static void UnpackMultipliers(ReadOnlySpan<byte> bytes, Span<byte> multipliers)
    {
        BitReader bits = new(bytes);
        for (int r = 0; r < Side; r++)
        {
            multipliers[r] = (byte)bits.Next(6);
        }
    }

    private static void UnpackDense(ReadOnlySpan<byte> block, int width, Span<sbyte> codes, int stride)
    {
        BitReader bits = new(block);
        for (int unit = 0; unit < Side; unit += BlockForm.UnitColumns)
        {
            for (int r = 0; r < Side; r++)
            {
                Span<sbyte> row = codes.Slice((r * stride) + unit, BlockForm.UnitColumns);
                for (int j = 0; j < row.Length; j++)
                {
                    row[j] = bits.NextCode(width);
                }
            }
        }
    }

    private static void UnpackMask(ReadOnlySpan<byte> block, int width, int kept, Span<sbyte> codes, int stride)
    {
        Span<int> inRow = stackalloc int[Side];
        inRow.Clear();
        BitReader bits = new(block[32..]);
        for (int unit = 0; unit < 4; unit++)
        {
            ulong mask = BinaryPrimitives.ReadUInt64LittleEndian(block[(8 * unit)..]);
            for (; mask != 0; mask &= mask - 1)
            {
                int code = BitOperations.TrailingZeroCount(mask);
                int r = code / BlockForm.UnitColumns;
                if (++inRow[r] > kept)
                {
                    throw Damaged($"a block of a weight stream keeps more than {kept} codes in a row");
                }

                codes[(r * stride) + (unit * BlockForm.UnitColumns) + (code % BlockForm.UnitColumns)] = bits.NextCode(width);
            }
        }

        if (inRow.IndexOfAnyExcept(kept) >= 0)
        {
            throw Damaged($"a block of a weight stream keeps less than {kept} codes in a row");
        }
    }

    private static void UnpackIndex(ReadOnlySpan<byte> block, int width, int kept, Span<sbyte> codes, int stride)
    {
        BitReader columns = new(block);
        BitReader bits = new(block[(8 * kept)..]);
        for (int r = 0; r < Side; r++)
        {
            int before = -1;
            for (int i = 0; i < kept; i++)
            {
                int column = (int)columns.Next(4);
                if (column <= before)
                {
                    throw Damaged(
                        $"a block of a weight stream has column {column} after {before}; columns ascend in a row");
                }

                codes[(r * stride) + column] = bits.NextCode(width);
                before = column;
            }
        }
    }

    private static CompilationException Damaged(string message) =>
        new(Codes.ImageDamaged, message, "", "write the image again");
}
