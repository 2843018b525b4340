using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Dense tiles against one token by AVX-512: sums[r] += m[r] · Σ c[r, k] · x[k], exact INT32. A unit of 64 codes
/// is one register, a row of it one 32-bit lane. Limits of the INT16 sums: <see cref="PanelProduct"/>.
/// </summary>
internal static unsafe class TokenProduct512
{
    /// <summary>
    /// How far ahead of a tile memory is asked for: far enough that it is there in time, over the ends of pages,
    /// which the processor's own reading ahead does not cross.
    /// </summary>
    public const int Ahead = 6144;

    /// <summary>Takes tiles as long as they are of one shape.</summary>
    /// <typeparam name="TWidth">Width of the codes.</typeparam>
    /// <param name="tile">The first tile; its header has the shape.</param>
    /// <param name="furthest">The last address at which a tile may begin.</param>
    /// <param name="operands">Everything else.</param>
    /// <param name="last">Whether the last tile taken has the flag of the last.</param>
    /// <returns>Where the next tile is: the first that is of another shape, lies outside the product or is
    /// behind the last.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static byte* AddDense<TWidth>(byte* tile, byte* furthest, in TokenOperands operands, out bool last)
        where TWidth : struct, ICodeWidth
    {
        int bits = TWidth.Bits;
        Vector512<byte> spread = DenseCodes.SpreadOf(bits & 7), shifts = DenseCodes.ShiftsOf(bits & 7);
        Vector512<byte> mask = Vector512.Create((byte)((1 << bits) - 1)), bias = Vector512.Create((byte)(1 << (bits - 1)));
        Vector512<short> ones = Vector512.Create((short)1);
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
            byte* stop = source + (32 * bits * blocks);
            sbyte* columns = x + (16 * block);
            Vector512<int> sum = Vector512.Create((before[block] - before[block + blocks]) << (bits - 1));
            Sse.Prefetch0(tile + Ahead);
            do
            {
                for (int line = 0; line < 32 * bits; line += 64)
                {
                    Sse.Prefetch0(source + Ahead + line);
                }

                sum += Block<TWidth>(source, columns, spread, shifts, mask, bias, ones);
                source += 32 * bits;
                columns += 16;
            }
            while (source < stop);

            int* target = sums + (16 * rowBlock);
            (Vector512.Load(target) + Avx512F.MultiplyLow(sum, Multipliers.Load512(tile + TileHeader.MultipliersAt))).Store(target);
            tile += tileBytes;
        }
        while ((word & 4) == 0 && tile <= furthest);

        last = (word & 4) != 0;
        return tile;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Block<TWidth>(
        byte* source, sbyte* x, Vector512<byte> spread, Vector512<byte> shifts, Vector512<byte> mask, Vector512<byte> bias,
        Vector512<short> ones)
        where TWidth : struct, ICodeWidth
    {
        int step = 8 * TWidth.Bits;
        if (TWidth.Bits == 8)
        {
            // High and low halves of a byte, each of 4 bits: c + 128 = 16 · high + low.
            Vector512<short> high = default, low = default;
            for (int u = 0; u < 4; u++)
            {
                Vector512<byte> unit = Vector512.Load(source + (64 * u)) ^ bias;
                Vector512<sbyte> four = Vector512.Create(*(int*)(x + (4 * u))).AsSByte();
                high += Avx512BW.MultiplyAddAdjacent((unit.AsUInt16() >> 4).AsByte() & Vector512.Create((byte)15), four);
                low += Avx512BW.MultiplyAddAdjacent(unit & Vector512.Create((byte)15), four);
            }

            return Avx512BW.MultiplyAddAdjacent(high, ones << 4) + Avx512BW.MultiplyAddAdjacent(low, ones);
        }

        Vector512<short> a = Pairs(DenseCodes.Unit(source, spread, shifts, mask, bias), x);
        Vector512<short> b = Pairs(DenseCodes.Unit(source + step, spread, shifts, mask, bias), x + 4);
        Vector512<short> c = Pairs(DenseCodes.Unit(source + (2 * step), spread, shifts, mask, bias), x + 8);
        Vector512<short> d = Pairs(DenseCodes.Unit(source + (3 * step), spread, shifts, mask, bias), x + 12);
        if (TWidth.Bits <= 5)
        {
            return Avx512BW.MultiplyAddAdjacent(a + b + (c + d), ones);
        }

        if (TWidth.Bits == 6)
        {
            return Avx512BW.MultiplyAddAdjacent(a + b, ones) + Avx512BW.MultiplyAddAdjacent(c + d, ones);
        }

        return Avx512BW.MultiplyAddAdjacent(a, ones) + Avx512BW.MultiplyAddAdjacent(b, ones)
            + (Avx512BW.MultiplyAddAdjacent(c, ones) + Avx512BW.MultiplyAddAdjacent(d, ones));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pairs(Vector512<byte> unit, sbyte* x) =>
        Avx512BW.MultiplyAddAdjacent(unit, Vector512.Create(*(int*)x).AsSByte());
}
