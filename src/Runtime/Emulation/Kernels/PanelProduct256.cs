using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// <see cref="PanelProduct"/> by AVX2: eight rows after eight, the INT16 and INT32 sums of four tokens in
/// registers.
/// </summary>
internal static unsafe class PanelProduct256
{
    private const int RowsAtOnce = 8;

    /// <summary>Adds the products of a panel.</summary>
    public static void Add(in PanelOperands operands)
    {
        AddCodes(operands);
        for (int row = 0; row < 32; row += RowsAtOnce)
        {
            switch (operands.UnitsPerFlush)
            {
                case 1:
                    AddSingles(operands, row);
                    break;
                case 2:
                    AddDoubles(operands, row);
                    break;
                default:
                    AddSegments(operands, row);
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddCodes(in PanelOperands operands)
    {
        Vector256<byte> ones = Vector256.Create((byte)1);
        for (int row = 0; row < 32; row += RowsAtOnce)
        {
            sbyte* codes = operands.Codes + (4 * row);
            short* multipliers = operands.Multipliers + (2 * row);
            Vector256<int> sum = Vector256.Load(operands.CodeSums + row);
            for (int i = 0; i < operands.Segments; i++, multipliers += 64)
            {
                Vector256<short> pairs = default;
                for (sbyte* end = codes + (operands.Counts[i] * PanelOperands.BlockBytes); codes < end; codes += 128)
                {
                    pairs += Avx2.MultiplyAddAdjacent(ones, Vector256.Load(codes));
                }

                sum += Avx2.MultiplyAddAdjacent(pairs, Vector256.Load(multipliers));
            }

            sum.Store(operands.CodeSums + row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSegments(in PanelOperands operands, int row)
    {
        byte* x = operands.X;
        int* sums = SumsOf(operands, row);
        int segments = operands.Segments;
        int* counts = operands.Counts;
        for (int left = operands.Quads; left > 0; left--, sums += 128, x += TokenQuads.QuadBytes)
        {
            Vector256<int> s0 = Vector256.Load(sums), s1 = Vector256.Load(sums + 16), s2 = Vector256.Load(sums + 32), s3 = Vector256.Load(sums + 48);
            sbyte* w = operands.Codes + (4 * row);
            int* column = operands.Columns;
            short* m = operands.Multipliers + (2 * row);
            for (int i = 0; i < segments; i++, m += 64)
            {
                Vector256<short> p0 = default, p1 = default, p2 = default, p3 = default;
                for (int* end = column + counts[i]; column < end; column++)
                {
                    byte* four = x + *column;
                    for (byte* stop = four + 64; four < stop; four += 16, w += 128)
                    {
                        Vector256<sbyte> a = Vector256.Load(w);
                        p0 += Avx2.MultiplyAddAdjacent(Token(four), a);
                        p1 += Avx2.MultiplyAddAdjacent(Token(four + 4), a);
                        p2 += Avx2.MultiplyAddAdjacent(Token(four + 8), a);
                        p3 += Avx2.MultiplyAddAdjacent(Token(four + 12), a);
                    }
                }

                Vector256<short> multipliers = Vector256.Load(m);
                s0 += Avx2.MultiplyAddAdjacent(p0, multipliers);
                s1 += Avx2.MultiplyAddAdjacent(p1, multipliers);
                s2 += Avx2.MultiplyAddAdjacent(p2, multipliers);
                s3 += Avx2.MultiplyAddAdjacent(p3, multipliers);
            }

            s0.Store(sums);
            s1.Store(sums + 16);
            s2.Store(sums + 32);
            s3.Store(sums + 48);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddDoubles(in PanelOperands operands, int row)
    {
        byte* x = operands.X;
        int* sums = SumsOf(operands, row);
        int segments = operands.Segments;
        int* counts = operands.Counts;
        for (int left = operands.Quads; left > 0; left--, sums += 128, x += TokenQuads.QuadBytes)
        {
            Vector256<int> s0 = Vector256.Load(sums), s1 = Vector256.Load(sums + 16), s2 = Vector256.Load(sums + 32), s3 = Vector256.Load(sums + 48);
            sbyte* w = operands.Codes + (4 * row);
            int* column = operands.Columns;
            short* m = operands.Multipliers + (2 * row);
            for (int i = 0; i < segments; i++, m += 64)
            {
                Vector256<short> multipliers = Vector256.Load(m);
                for (int* end = column + counts[i]; column < end; column++)
                {
                    byte* four = x + *column;
                    for (byte* stop = four + 64; four < stop; four += 32, w += 256)
                    {
                        Vector256<sbyte> a = Vector256.Load(w), b = Vector256.Load(w + 128);
                        s0 += Avx2.MultiplyAddAdjacent(Two(four, a, b), multipliers);
                        s1 += Avx2.MultiplyAddAdjacent(Two(four + 4, a, b), multipliers);
                        s2 += Avx2.MultiplyAddAdjacent(Two(four + 8, a, b), multipliers);
                        s3 += Avx2.MultiplyAddAdjacent(Two(four + 12, a, b), multipliers);
                    }
                }
            }

            s0.Store(sums);
            s1.Store(sums + 16);
            s2.Store(sums + 32);
            s3.Store(sums + 48);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSingles(in PanelOperands operands, int row)
    {
        byte* x = operands.X;
        int* sums = SumsOf(operands, row);
        int segments = operands.Segments;
        int* counts = operands.Counts;
        for (int left = operands.Quads; left > 0; left--, sums += 128, x += TokenQuads.QuadBytes)
        {
            Vector256<int> s0 = Vector256.Load(sums), s1 = Vector256.Load(sums + 16), s2 = Vector256.Load(sums + 32), s3 = Vector256.Load(sums + 48);
            sbyte* w = operands.Codes + (4 * row);
            int* column = operands.Columns;
            short* m = operands.Multipliers + (2 * row);
            for (int i = 0; i < segments; i++, m += 64)
            {
                Vector256<short> multipliers = Vector256.Load(m);
                for (int* end = column + counts[i]; column < end; column++)
                {
                    byte* four = x + *column;
                    for (byte* stop = four + 64; four < stop; four += 16, w += 128)
                    {
                        Vector256<sbyte> a = Vector256.Load(w);
                        s0 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Token(four), a), multipliers);
                        s1 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Token(four + 4), a), multipliers);
                        s2 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Token(four + 8), a), multipliers);
                        s3 += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Token(four + 12), a), multipliers);
                    }
                }
            }

            s0.Store(sums);
            s1.Store(sums + 16);
            s2.Store(sums + 32);
            s3.Store(sums + 48);
        }
    }

    private static int* SumsOf(in PanelOperands operands, int row) => operands.Sums + (row / 16 * 64) + (row % 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Token(byte* four) => Vector256.Create(*(int*)four).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Two(byte* four, Vector256<sbyte> a, Vector256<sbyte> b) =>
        Avx2.MultiplyAddAdjacent(Token(four), a) + Avx2.MultiplyAddAdjacent(Token(four + 16), b);
}
