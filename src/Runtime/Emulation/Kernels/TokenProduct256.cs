using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Dense tiles against one token by AVX2: as <see cref="TokenProduct512"/>, in halves of 8 rows.
/// </summary>
internal static unsafe class TokenProduct256
{
    private const int Ahead = 6144;

    /// <summary>Takes tiles as long as they are of one shape.</summary>
    /// <typeparam name="TWidth">Width of the codes.</typeparam>
    /// <param name="tile">The first tile; its header has the shape.</param>
    /// <param name="furthest">The last address at which a tile may begin.</param>
    /// <param name="operands">Everything else.</param>
    /// <param name="last">Whether the last tile taken has the flag of the last.</param>
    /// <returns>As <see cref="TokenProduct512.AddDense"/>.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static byte* AddDense<TWidth>(byte* tile, byte* furthest, in TokenOperands operands, out bool last)
        where TWidth : struct, ICodeWidth
    {
        int bits = TWidth.Bits;
        Vector256<byte> spread = DenseCodes.HalfSpreadOf(bits & 7);
        Vector256<byte> bias = Vector256.Create((byte)(1 << (bits - 1)));
        TokenOperands run = operands;
        int* multipliers = stackalloc int[16];
        ulong word;
        do
        {
            word = *(ulong*)tile;
            int rowBlock = (int)(word >> 3) & (TileHeader.MaxIndex - 1);
            int group = (int)(word >> 17) & (TileHeader.MaxIndex - 1);
            if ((word & 3) != (int)TileKind.Weights || word >> TileShape.KeyBit != run.Key || rowBlock >= run.RowBlocks
                || group >= run.Groups)
            {
                last = false;
                return tile;
            }

            int block = group * (run.GroupSize / 16);
            byte* source = tile + TileHeader.BlocksAt;
            byte* stop = source + (32 * bits * run.Blocks);
            sbyte* columns = run.X + (16 * block);
            Vector256<int> low = Vector256.Create((run.Before[block] - run.Before[block + run.Blocks]) << (bits - 1));
            Vector256<int> high = low;
            Sse.Prefetch0(tile + Ahead);
            do
            {
                for (int line = 0; line < 32 * bits; line += 64)
                {
                    Sse.Prefetch0(source + Ahead + line);
                }

                if (bits == 4)
                {
                    AddFours(source, columns, ref low, ref high);
                }
                else
                {
                    low += Rows<TWidth>(source, columns, spread, bias);
                    high += Rows<TWidth>(source + (4 * bits), columns, spread, bias);
                }

                source += 32 * bits;
                columns += 16;
            }
            while (source < stop);

            Multipliers.Spread(tile + TileHeader.MultipliersAt, multipliers);
            int* target = run.Sums + (16 * rowBlock);
            (Vector256.Load(target) + (low * Vector256.Load(multipliers))).Store(target);
            (Vector256.Load(target + 8) + (high * Vector256.Load(multipliers + 8))).Store(target + 8);
            tile += run.TileBytes;
        }
        while ((word & 4) == 0 && tile <= furthest);

        last = (word & 4) != 0;
        return tile;
    }

    // Two bytes of a unit are a row: columns 0 and 2 in their low halves, 1 and 3 in their high ones. So each INT16 lane is a
    // row; eight products of at most 2 · 15 · 128 fit into it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFours(byte* source, sbyte* x, ref Vector256<int> low, ref Vector256<int> high)
    {
        Vector256<byte> half = Vector256.Create((byte)15), bias = Vector256.Create((byte)0x88);
        Vector256<short> sum = default;
        for (int u = 0; u < 4; u++)
        {
            Vector256<byte> unit = Vector256.Load(source + (32 * u)) ^ bias;
            sbyte* four = x + (4 * u);
            Vector256<sbyte> even = Vector256.Create((short)((byte)four[0] | (four[2] << 8))).AsSByte();
            Vector256<sbyte> odd = Vector256.Create((short)((byte)four[1] | (four[3] << 8))).AsSByte();
            sum += Avx2.MultiplyAddAdjacent(unit & half, even)
                + Avx2.MultiplyAddAdjacent((unit.AsUInt16() >> 4).AsByte() & half, odd);
        }

        low += Avx2.ConvertToVector256Int32(sum.GetLower());
        high += Avx2.ConvertToVector256Int32(sum.GetUpper());
    }

    // Eight rows of a block.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Rows<TWidth>(byte* source, sbyte* x, Vector256<byte> spread, Vector256<byte> bias)
        where TWidth : struct, ICodeWidth
    {
        Vector256<short> ones = Vector256.Create((short)1);
        int step = 8 * TWidth.Bits;
        if (TWidth.Bits == 8)
        {
            // High and low halves of a byte, each of 4 bits: c + 128 = 16 · high + low.
            Vector256<byte> half = Vector256.Create((byte)15);
            Vector256<short> high = default, low = default;
            for (int u = 0; u < 4; u++)
            {
                Vector256<byte> unit = Vector256.Load(source + (64 * u)) ^ bias;
                Vector256<sbyte> four = Vector256.Create(*(int*)(x + (4 * u))).AsSByte();
                high += Avx2.MultiplyAddAdjacent((unit.AsUInt16() >> 4).AsByte() & half, four);
                low += Avx2.MultiplyAddAdjacent(unit & half, four);
            }

            return Avx2.MultiplyAddAdjacent(high, Vector256.Create((short)16)) + Avx2.MultiplyAddAdjacent(low, ones);
        }

        Vector256<short> a = Pairs<TWidth>(source, x, spread, bias);
        Vector256<short> b = Pairs<TWidth>(source + step, x + 4, spread, bias);
        Vector256<short> c = Pairs<TWidth>(source + (2 * step), x + 8, spread, bias);
        Vector256<short> d = Pairs<TWidth>(source + (3 * step), x + 12, spread, bias);
        if (TWidth.Bits <= 5)
        {
            return Avx2.MultiplyAddAdjacent(a + b + (c + d), ones);
        }

        if (TWidth.Bits == 6)
        {
            return Avx2.MultiplyAddAdjacent(a + b, ones) + Avx2.MultiplyAddAdjacent(c + d, ones);
        }

        return Avx2.MultiplyAddAdjacent(a, ones) + Avx2.MultiplyAddAdjacent(b, ones)
            + (Avx2.MultiplyAddAdjacent(c, ones) + Avx2.MultiplyAddAdjacent(d, ones));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pairs<TWidth>(byte* source, sbyte* x, Vector256<byte> spread, Vector256<byte> bias)
        where TWidth : struct, ICodeWidth =>
        Avx2.MultiplyAddAdjacent(
            DenseCodes.HalfUnit(source, TWidth.Bits, spread, bias), Vector256.Create(*(int*)x).AsSByte());
}
