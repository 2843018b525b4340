using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// <see cref="TileProduct"/> by AVX-512: a unit of 64 codes is one register, a row of it one 32-bit lane.
/// </summary>
internal static unsafe class TileProduct512
{
    /// <summary>
    /// Adds the products of a tile whose first blocks are dense and the rest absent, for one token, without
    /// spreading the codes to memory.
    /// </summary>
    /// <param name="source">The packed blocks.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="bits">2 … 7.</param>
    /// <param name="operands">Everything else.</param>
    public static void AddDense(byte* source, int blocks, int bits, in TileOperands operands)
    {
        Vector512<byte> spread = DenseCodes.SpreadOf(bits), shifts = DenseCodes.ShiftsOf(bits);
        Vector512<byte> mask = Vector512.Create((byte)((1 << bits) - 1)), bias = Vector512.Create(
            (byte)DenseCodes.Bias(bits));
        Vector512<short> ones = Vector512.Create((short)1);
        sbyte* x = operands.X;
        Vector512<int> sum = Vector512.Create(
            -DenseCodes.Bias(bits) * (operands.Before[blocks] - operands.Before[0]));
        int step = 8 * bits;
        byte* end = source + (4L * step * blocks);
        for (; source < end; source += 4 * step, x += 16)
        {
            Vector512<short> a = Pairs(DenseCodes.Unit(source, spread, shifts, mask, bias), x);
            Vector512<short> b = Pairs(DenseCodes.Unit(source + step, spread, shifts, mask, bias), x + 4);
            Vector512<short> c = Pairs(DenseCodes.Unit(source + (2 * step), spread, shifts, mask, bias), x + 8);
            Vector512<short> d = Pairs(DenseCodes.Unit(source + (3 * step), spread, shifts, mask, bias), x + 12);
            if (bits <= 5)
            {
                sum += Avx512BW.MultiplyAddAdjacent(a + b + (c + d), ones);
            }
            else if (bits == 6)
            {
                sum += Avx512BW.MultiplyAddAdjacent(a + b, ones) + Avx512BW.MultiplyAddAdjacent(c + d, ones);
            }
            else
            {
                sum += Avx512BW.MultiplyAddAdjacent(a, ones) + Avx512BW.MultiplyAddAdjacent(b, ones)
                    + (Avx512BW.MultiplyAddAdjacent(c, ones) + Avx512BW.MultiplyAddAdjacent(d, ones));
            }
        }

        Accumulate(operands.Sums, sum, Multipliers.Load512(operands.Multipliers));
    }

    /// <summary>Adds the products of spread codes of up to 7 bits.</summary>
    public static void AddNarrow(byte* codes, int* numbers, int blocks, int bits, in TileOperands operands)
    {
        Vector512<int> multipliers = Multipliers.Load512(operands.Multipliers);
        int flush = TileProduct.UnitsPerFlush(bits);
        int bias = DenseCodes.Bias(bits);
        int tokens = operands.Tokens;
        const int Stride = Activations.Panel;
        int t = 0;
        for (; t + 4 <= tokens; t += 4)
        {
            sbyte* x = operands.X + (t * Stride);
            int* before = operands.Before + (t * Activations.BeforeStride);
            Vector512<int> s0 = Vector512.Create(-bias * TileProduct.SumOf(before, numbers, blocks));
            Vector512<int> s1 = Vector512.Create(
                -bias * TileProduct.SumOf(before + Activations.BeforeStride, numbers, blocks));
            Vector512<int> s2 = Vector512.Create(
                -bias * TileProduct.SumOf(before + (2 * Activations.BeforeStride), numbers, blocks));
            Vector512<int> s3 = Vector512.Create(
                -bias * TileProduct.SumOf(before + (3 * Activations.BeforeStride), numbers, blocks));
            Vector512<short> ones = Vector512.Create((short)1);
            for (int i = 0; i < blocks; i++)
            {
                byte* block = codes + (256 * i);
                sbyte* x0 = x + (16 * numbers[i]);
                if (flush == 4)
                {
                    Vector512<byte> a = Vector512.Load(block), b = Vector512.Load(block + 64);
                    Vector512<byte> c = Vector512.Load(block + 128), d = Vector512.Load(block + 192);
                    s0 += Avx512BW.MultiplyAddAdjacent(
                        Pairs(a, x0) + Pairs(b, x0 + 4) + (Pairs(c, x0 + 8) + Pairs(d, x0 + 12)), ones);
                    x0 += Stride;
                    s1 += Avx512BW.MultiplyAddAdjacent(
                        Pairs(a, x0) + Pairs(b, x0 + 4) + (Pairs(c, x0 + 8) + Pairs(d, x0 + 12)), ones);
                    x0 += Stride;
                    s2 += Avx512BW.MultiplyAddAdjacent(
                        Pairs(a, x0) + Pairs(b, x0 + 4) + (Pairs(c, x0 + 8) + Pairs(d, x0 + 12)), ones);
                    x0 += Stride;
                    s3 += Avx512BW.MultiplyAddAdjacent(
                        Pairs(a, x0) + Pairs(b, x0 + 4) + (Pairs(c, x0 + 8) + Pairs(d, x0 + 12)), ones);
                    continue;
                }

                byte* end = block + 256;
                while (block < end)
                {
                    Vector512<short> p0 = default, p1 = default, p2 = default, p3 = default;
                    for (byte* stop = block + (64 * flush); block < stop; block += 64, x0 += 4)
                    {
                        Vector512<byte> unit = Vector512.Load(block);
                        p0 += Pairs(unit, x0);
                        p1 += Pairs(unit, x0 + Stride);
                        p2 += Pairs(unit, x0 + (2 * Stride));
                        p3 += Pairs(unit, x0 + (3 * Stride));
                    }

                    s0 += Avx512BW.MultiplyAddAdjacent(p0, ones);
                    s1 += Avx512BW.MultiplyAddAdjacent(p1, ones);
                    s2 += Avx512BW.MultiplyAddAdjacent(p2, ones);
                    s3 += Avx512BW.MultiplyAddAdjacent(p3, ones);
                }
            }

            int* sums = operands.Sums + (16 * t);
            Accumulate(sums, s0, multipliers);
            Accumulate(sums + 16, s1, multipliers);
            Accumulate(sums + 32, s2, multipliers);
            Accumulate(sums + 48, s3, multipliers);
        }

        for (; t < tokens; t++)
        {
            int correction = -bias * TileProduct.SumOf(
                operands.Before + (t * Activations.BeforeStride), numbers, blocks);
            Vector512<int> sum = Narrow(codes, numbers, blocks, flush, operands.X + (t * Stride));
            Accumulate(operands.Sums + (16 * t), sum + Vector512.Create(correction), multipliers);
        }
    }

    /// <summary>Adds the products of 8-bit codes.</summary>
    public static void AddWide(byte* codes, int* numbers, int blocks, in TileOperands operands)
    {
        Vector512<int> multipliers = Multipliers.Load512(operands.Multipliers);
        int tokens = operands.Tokens;
        const int Stride = Activations.Panel;
        int t = 0;
        for (; t + 2 <= tokens; t += 2)
        {
            Vector512<int> s0 = default, s1 = default;
            for (int i = 0; i < blocks; i++)
            {
                short* x0 = operands.Wide + (t * Stride) + (16 * numbers[i]);
                short* x1 = x0 + Stride;
                byte* block = codes + (256 * i);
                for (int u = 0; u < 4; u++)
                {
                    Vector512<short> unit = Vector512.Load(block + (64 * u)).AsInt16();
                    Vector512<short> even = unit << 8 >> 8, odd = unit >> 8;
                    s0 += Four(even, odd, x0 + (4 * u));
                    s1 += Four(even, odd, x1 + (4 * u));
                }
            }

            Accumulate(operands.Sums + (16 * t), s0, multipliers);
            Accumulate(operands.Sums + (16 * t) + 16, s1, multipliers);
        }

        if (t < tokens)
        {
            Vector512<int> even = default, odd = default;
            for (int i = 0; i < blocks; i++)
            {
                short* x = operands.Wide + (t * Stride) + (16 * numbers[i]);
                byte* block = codes + (256 * i);
                for (int u = 0; u < 4; u++)
                {
                    Vector512<short> unit = Vector512.Load(block + (64 * u)).AsInt16();
                    even += Avx512BW.MultiplyAddAdjacent(
                        unit << 8 >> 8, Vector512.Create(*(int*)(x + (4 * u))).AsInt16());
                    odd += Avx512BW.MultiplyAddAdjacent(
                        unit >> 8, Vector512.Create(*(int*)(x + (4 * u) + 2)).AsInt16());
                }
            }

            Accumulate(operands.Sums + (16 * t), even + odd, multipliers);
        }
    }

    private static Vector512<int> Narrow(byte* codes, int* numbers, int blocks, int flush, sbyte* x)
    {
        Vector512<int> sum = default;
        Vector512<short> ones = Vector512.Create((short)1);
        for (int i = 0; i < blocks; i++)
        {
            byte* block = codes + (256 * i);
            byte* end = block + 256;
            sbyte* columns = x + (16 * numbers[i]);
            while (block < end)
            {
                Vector512<short> pairs = default;
                for (byte* stop = block + (64 * flush); block < stop; block += 64, columns += 4)
                {
                    pairs += Pairs(Vector512.Load(block), columns);
                }

                sum += Avx512BW.MultiplyAddAdjacent(pairs, ones);
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pairs(Vector512<byte> unit, sbyte* x) =>
        Avx512BW.MultiplyAddAdjacent(unit, Vector512.Create(*(int*)x).AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Four(Vector512<short> even, Vector512<short> odd, short* x) =>
        Avx512BW.MultiplyAddAdjacent(even, Vector512.Create(*(int*)x).AsInt16())
        + Avx512BW.MultiplyAddAdjacent(odd, Vector512.Create(*(int*)(x + 2)).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(int* sums, Vector512<int> sum, Vector512<int> multipliers) =>
        (Vector512.Load(sums) + Avx512F.MultiplyLow(sum, multipliers)).Store(sums);
}
