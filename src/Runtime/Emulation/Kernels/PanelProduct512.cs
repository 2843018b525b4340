using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// <see cref="PanelProduct"/> by AVX-512: a unit of 64 codes is one register, a row of it one 32-bit lane.
/// Eight INT16 sums, of two row blocks and four tokens, and as many INT32 sums stay in registers.
/// </summary>
internal static unsafe class PanelProduct512
{
    /// <summary>Adds the products of a panel.</summary>
    public static void Add(in PanelOperands operands)
    {
        AddCodes(operands);
        switch (operands.UnitsPerFlush)
        {
            case 1:
                AddSingles(operands);
                break;
            case 2:
                AddDoubles(operands);
                break;
            default:
                AddSegments(operands);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddCodes(in PanelOperands operands)
    {
        Vector512<byte> ones = Vector512.Create((byte)1);
        sbyte* codes = operands.Codes;
        short* multipliers = operands.Multipliers;
        Vector512<int> first = Vector512.Load(operands.CodeSums), second = Vector512.Load(operands.CodeSums + 16);
        int segments = operands.Segments;
        for (int i = 0; i < segments; i++, multipliers += 64)
        {
            Vector512<short> p = default, q = default;
            for (sbyte* end = codes + (operands.Counts[i] * PanelOperands.BlockBytes); codes < end; codes += 128)
            {
                p += Avx512BW.MultiplyAddAdjacent(ones, Vector512.Load(codes));
                q += Avx512BW.MultiplyAddAdjacent(ones, Vector512.Load(codes + 64));
            }

            first += Scaled(p, multipliers);
            second += Scaled(q, multipliers + 32);
        }

        first.Store(operands.CodeSums);
        second.Store(operands.CodeSums + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSegments(in PanelOperands operands)
    {
        byte* x = operands.X;
        int* sums = operands.Sums;
        sbyte* codes = operands.Codes;
        int* columns = operands.Columns;
        int* counts = operands.Counts;
        short* multipliers = operands.Multipliers;
        int segments = operands.Segments;
        for (int left = operands.Quads; left > 0; left--, sums += 128, x += TokenQuads.QuadBytes)
        {
            Vector512<int> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
            Vector512<int> t0 = Vector512.Load(sums + 64), t1 = Vector512.Load(sums + 80), t2 = Vector512.Load(sums + 96), t3 = Vector512.Load(sums + 112);
            sbyte* w = codes;
            int* column = columns;
            short* m = multipliers;
            for (int i = 0; i < segments; i++, m += 64)
            {
                Vector512<short> p0 = default, p1 = default, p2 = default, p3 = default;
                Vector512<short> q0 = default, q1 = default, q2 = default, q3 = default;
                for (int* end = column + counts[i]; column < end; column++)
                {
                    byte* four = x + *column;
                    for (byte* stop = four + 64; four < stop; four += 16, w += 128)
                    {
                        Vector512<sbyte> a = Vector512.Load(w), b = Vector512.Load(w + 64);
                        Vector512<byte> y = Token(four);
                        p0 += Avx512BW.MultiplyAddAdjacent(y, a);
                        q0 += Avx512BW.MultiplyAddAdjacent(y, b);
                        y = Token(four + 4);
                        p1 += Avx512BW.MultiplyAddAdjacent(y, a);
                        q1 += Avx512BW.MultiplyAddAdjacent(y, b);
                        y = Token(four + 8);
                        p2 += Avx512BW.MultiplyAddAdjacent(y, a);
                        q2 += Avx512BW.MultiplyAddAdjacent(y, b);
                        y = Token(four + 12);
                        p3 += Avx512BW.MultiplyAddAdjacent(y, a);
                        q3 += Avx512BW.MultiplyAddAdjacent(y, b);
                    }
                }

                s0 += Scaled(p0, m);
                s1 += Scaled(p1, m);
                s2 += Scaled(p2, m);
                s3 += Scaled(p3, m);
                t0 += Scaled(q0, m + 32);
                t1 += Scaled(q1, m + 32);
                t2 += Scaled(q2, m + 32);
                t3 += Scaled(q3, m + 32);
            }

            s0.Store(sums);
            s1.Store(sums + 16);
            s2.Store(sums + 32);
            s3.Store(sums + 48);
            t0.Store(sums + 64);
            t1.Store(sums + 80);
            t2.Store(sums + 96);
            t3.Store(sums + 112);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddDoubles(in PanelOperands operands)
    {
        byte* x = operands.X;
        int* sums = operands.Sums;
        sbyte* codes = operands.Codes;
        int* columns = operands.Columns;
        int* counts = operands.Counts;
        short* multipliers = operands.Multipliers;
        int segments = operands.Segments;
        for (int left = operands.Quads; left > 0; left--, sums += 128, x += TokenQuads.QuadBytes)
        {
            Vector512<int> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
            Vector512<int> t0 = Vector512.Load(sums + 64), t1 = Vector512.Load(sums + 80), t2 = Vector512.Load(sums + 96), t3 = Vector512.Load(sums + 112);
            sbyte* w = codes;
            int* column = columns;
            short* m = multipliers;
            for (int i = 0; i < segments; i++, m += 64)
            {
                Vector512<short> left0 = Vector512.Load(m), right0 = Vector512.Load(m + 32);
                for (int* end = column + counts[i]; column < end; column++)
                {
                    byte* four = x + *column;
                    for (byte* stop = four + 64; four < stop; four += 32, w += 256)
                    {
                        Vector512<sbyte> a = Vector512.Load(w), b = Vector512.Load(w + 64);
                        Vector512<sbyte> c = Vector512.Load(w + 128), d = Vector512.Load(w + 192);
                        Vector512<byte> y = Token(four), z = Token(four + 16);
                        s0 += Avx512BW.MultiplyAddAdjacent(Two(y, a, z, c), left0);
                        t0 += Avx512BW.MultiplyAddAdjacent(Two(y, b, z, d), right0);
                        y = Token(four + 4);
                        z = Token(four + 20);
                        s1 += Avx512BW.MultiplyAddAdjacent(Two(y, a, z, c), left0);
                        t1 += Avx512BW.MultiplyAddAdjacent(Two(y, b, z, d), right0);
                        y = Token(four + 8);
                        z = Token(four + 24);
                        s2 += Avx512BW.MultiplyAddAdjacent(Two(y, a, z, c), left0);
                        t2 += Avx512BW.MultiplyAddAdjacent(Two(y, b, z, d), right0);
                        y = Token(four + 12);
                        z = Token(four + 28);
                        s3 += Avx512BW.MultiplyAddAdjacent(Two(y, a, z, c), left0);
                        t3 += Avx512BW.MultiplyAddAdjacent(Two(y, b, z, d), right0);
                    }
                }
            }

            s0.Store(sums);
            s1.Store(sums + 16);
            s2.Store(sums + 32);
            s3.Store(sums + 48);
            t0.Store(sums + 64);
            t1.Store(sums + 80);
            t2.Store(sums + 96);
            t3.Store(sums + 112);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSingles(in PanelOperands operands)
    {
        byte* x = operands.X;
        int* sums = operands.Sums;
        sbyte* codes = operands.Codes;
        int* columns = operands.Columns;
        int* counts = operands.Counts;
        short* multipliers = operands.Multipliers;
        int segments = operands.Segments;
        for (int left = operands.Quads; left > 0; left--, sums += 128, x += TokenQuads.QuadBytes)
        {
            Vector512<int> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
            Vector512<int> t0 = Vector512.Load(sums + 64), t1 = Vector512.Load(sums + 80), t2 = Vector512.Load(sums + 96), t3 = Vector512.Load(sums + 112);
            sbyte* w = codes;
            int* column = columns;
            short* m = multipliers;
            for (int i = 0; i < segments; i++, m += 64)
            {
                Vector512<short> left0 = Vector512.Load(m), right0 = Vector512.Load(m + 32);
                for (int* end = column + counts[i]; column < end; column++)
                {
                    byte* four = x + *column;
                    for (byte* stop = four + 64; four < stop; four += 16, w += 128)
                    {
                        Vector512<sbyte> a = Vector512.Load(w), b = Vector512.Load(w + 64);
                        Vector512<byte> y = Token(four);
                        s0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, a), left0);
                        t0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, b), right0);
                        y = Token(four + 4);
                        s1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, a), left0);
                        t1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, b), right0);
                        y = Token(four + 8);
                        s2 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, a), left0);
                        t2 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, b), right0);
                        y = Token(four + 12);
                        s3 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, a), left0);
                        t3 += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, b), right0);
                    }
                }
            }

            s0.Store(sums);
            s1.Store(sums + 16);
            s2.Store(sums + 32);
            s3.Store(sums + 48);
            t0.Store(sums + 64);
            t1.Store(sums + 80);
            t2.Store(sums + 96);
            t3.Store(sums + 112);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Token(byte* four) => Vector512.Create(*(int*)four).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Two(Vector512<byte> y, Vector512<sbyte> a, Vector512<byte> z, Vector512<sbyte> c) =>
        Avx512BW.MultiplyAddAdjacent(y, a) + Avx512BW.MultiplyAddAdjacent(z, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Scaled(Vector512<short> pairs, short* multipliers) =>
        Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Load(multipliers));
}
