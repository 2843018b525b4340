using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Dense tiles of 4-bit codes against one token by AVX-512: what <see cref="TokenProduct512"/> computes, without
/// spreading codes to a byte each. Two bytes of a unit are a row: columns 0 and 2 in their low halves, 1 and 3 in
/// their high ones. So a register is two units, and a 16-bit lane of it a row.
/// </summary>
internal static unsafe class TokenProductFours512
{
    private const int BlockBytes = 128;

    // Of 16 columns, those that the halves of the bytes of units 0 and 1 meet, and of units 2 and 3.
    private static readonly Vector512<byte> LowFirst = Columns(0, 2), HighFirst = Columns(1, 3);
    private static readonly Vector512<byte> LowLast = Columns(8, 10), HighLast = Columns(9, 11);
    private static readonly Vector512<short> Together = RowsTogether();

    /// <summary>Takes tiles as long as they are of one shape.</summary>
    /// <param name="tile">The first tile; its header has the shape.</param>
    /// <param name="furthest">The last address at which a tile may begin.</param>
    /// <param name="operands">Everything else.</param>
    /// <param name="last">Whether the last tile taken has the flag of the last.</param>
    /// <returns>As <see cref="TokenProduct512.AddDense"/>.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static byte* AddDense(byte* tile, byte* furthest, in TokenOperands operands, out bool last)
    {
        Vector512<byte> lowFirst = LowFirst, highFirst = HighFirst, lowLast = LowLast, highLast = HighLast;
        Vector512<short> together = Together, ones = Vector512.Create((short)1);
        Vector512<byte> mask = Vector512.Create((byte)15), bias = Vector512.Create((byte)8);
        sbyte* x = operands.X;
        int* before = operands.Before, sums = operands.Sums;
        int rowBlocks = operands.RowBlocks, groups = operands.Groups, blocks = operands.Blocks;
        int tileBytes = operands.TileBytes, groupShift = operands.GroupSize >> 4;
        ulong key = operands.Key;
        ulong word;
        do
        {
            word = *(ulong*)tile;
            int rowBlock = (int)(word >> 3) & (TileHeader.MaxIndex - 1);
            int group = (int)(word >> 17) & (TileHeader.MaxIndex - 1);
            if ((word & 3) != (int)TileKind.Weights || word >> TileShape.KeyBit != key || rowBlock >= rowBlocks || group >= groups)
            {
                last = false;
                return tile;
            }

            int block = group * groupShift;
            byte* source = tile + TileHeader.BlocksAt;
            byte* stop = source + (BlockBytes * blocks);
            sbyte* columns = x + (16 * block);
            Vector512<int> sum = Vector512.Create((before[block] - before[block + blocks]) << 3);
            Sse.Prefetch0(tile + TokenProduct512.Ahead);
            for (; source + BlockBytes < stop; source += 2 * BlockBytes, columns += 32)
            {
                AskFor(source);
                AskFor(source + BlockBytes);

                // Eight products of pairs of at most 2 · 15 · 128 fit into INT16.
                Vector512<short> pairs = Block(source, columns, lowFirst, highFirst, lowLast, highLast, mask, bias)
                    + Block(source + BlockBytes, columns + 16, lowFirst, highFirst, lowLast, highLast, mask, bias);
                sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.PermuteVar32x16(pairs, together), ones);
            }

            if (source < stop)
            {
                AskFor(source);
                Vector512<short> pairs = Block(source, columns, lowFirst, highFirst, lowLast, highLast, mask, bias);
                sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.PermuteVar32x16(pairs, together), ones);
            }

            int* target = sums + (16 * rowBlock);
            (Vector512.Load(target) + Avx512F.MultiplyLow(sum, Multipliers.Load512(tile + TileHeader.MultipliersAt))).Store(target);
            tile += tileBytes;
        }
        while ((word & 4) == 0 && tile <= furthest);

        last = (word & 4) != 0;
        return tile;
    }

    // Two lines far ahead of a block.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskFor(byte* source)
    {
        Sse.Prefetch0(source + TokenProduct512.Ahead);
        Sse.Prefetch0(source + TokenProduct512.Ahead + 64);
    }

    // Of a block, sums of 8 products: lane r has row r of units 0 and 2, lane 16 + r that of units 1 and 3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Block(
        byte* source, sbyte* x, Vector512<byte> lowFirst, Vector512<byte> highFirst, Vector512<byte> lowLast,
        Vector512<byte> highLast, Vector512<byte> mask, Vector512<byte> bias)
    {
        Vector512<byte> columns = Avx512F.BroadcastVector128ToVector512((int*)x).AsByte();
        Vector512<byte> first = Vector512.Load(source), last = Vector512.Load(source + 64);
        return Avx512BW.MultiplyAddAdjacent(Low(first, mask, bias), Avx512BW.Shuffle(columns, lowFirst).AsSByte())
            + Avx512BW.MultiplyAddAdjacent(High(first, mask, bias), Avx512BW.Shuffle(columns, highFirst).AsSByte())
            + (Avx512BW.MultiplyAddAdjacent(Low(last, mask, bias), Avx512BW.Shuffle(columns, lowLast).AsSByte())
            + Avx512BW.MultiplyAddAdjacent(High(last, mask, bias), Avx512BW.Shuffle(columns, highLast).AsSByte()));
    }

    // The codes plus 8 in the low halves of bytes: (raw & mask) ^ bias.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Low(Vector512<byte> raw, Vector512<byte> mask, Vector512<byte> bias) =>
        Avx512F.TernaryLogic(raw, mask, bias, 0x6A);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> High(Vector512<byte> raw, Vector512<byte> mask, Vector512<byte> bias) =>
        Avx512F.TernaryLogic(Avx512BW.ShiftRightLogical(raw.AsUInt16(), 4).AsByte(), mask, bias, 0x6A);

    // For each 16-bit lane of the lower half two columns, and for the upper half those of the next unit.
    private static Vector512<byte> Columns(byte even, byte odd)
    {
        Vector256<byte> unit = Vector256.Create((short)(even | (odd << 8))).AsByte();
        return Vector512.Create(unit, unit + Vector256.Create((byte)4));
    }

    // Brings the two lanes of a row side by side.
    private static Vector512<short> RowsTogether()
    {
        Span<short> lanes = stackalloc short[32];
        for (int i = 0; i < 32; i++)
        {
            lanes[i] = (short)((i / 2) + (16 * (i % 2)));
        }

        return Vector512.Create<short>(lanes);
    }
}
