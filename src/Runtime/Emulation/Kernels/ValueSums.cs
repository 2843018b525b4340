using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Sums of values, each times a probability, of four queries: exact INT64.</summary>
internal static unsafe class ValueSums
{
    /// <summary>sums[y, e] += Σ p[y, x] · v[x, e]; of up to 256 slots.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="p">(4, stride) probabilities; those beyond the slots are 0.</param>
    /// <param name="stride">From query to query.</param>
    /// <param name="fit">Whether all probabilities fit INT16, as those of the contract do.</param>
    /// <param name="v">(pairs, padded, 2) values of two slots, side by side.</param>
    /// <param name="pairs">Pairs of slots.</param>
    /// <param name="padded">Elements, a multiple of 16.</param>
    /// <param name="sums">(4, padded)</param>
    public static void Add(VectorPath path, ushort* p, int stride, bool fit, short* v, int pairs, int padded, long* sums)
    {
        if (path == VectorPath.Portable || !fit)
        {
            AddScalar(p, stride, v, pairs, padded, sums);
        }
        else if (path == VectorPath.Avx512)
        {
            int e = 0;
            for (; e + 32 <= padded; e += 32)
            {
                AddThirtyTwo(p, stride, v + (2 * e), pairs, padded, sums + e);
            }

            for (; e < padded; e += 16)
            {
                AddSixteen(p, stride, v + (2 * e), pairs, padded, sums + e);
            }
        }
        else
        {
            for (int e = 0; e < padded; e += 8)
            {
                AddEight(p, stride, v + (2 * e), pairs, padded, sums + e);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddThirtyTwo(ushort* p, int stride, short* v, int pairs, int padded, long* sums)
    {
        Vector512<int> a0 = default, a1 = default, b0 = default, b1 = default;
        Vector512<int> c0 = default, c1 = default, d0 = default, d1 = default;
        for (int k = 0; k < pairs; k++, p += 2, v += 2 * padded)
        {
            Vector512<short> v0 = Vector512.Load(v), v1 = Vector512.Load(v + 32);
            Vector512<short> pair = Pair512(p);
            a0 += Avx512BW.MultiplyAddAdjacent(v0, pair);
            a1 += Avx512BW.MultiplyAddAdjacent(v1, pair);
            pair = Pair512(p + stride);
            b0 += Avx512BW.MultiplyAddAdjacent(v0, pair);
            b1 += Avx512BW.MultiplyAddAdjacent(v1, pair);
            pair = Pair512(p + (2 * stride));
            c0 += Avx512BW.MultiplyAddAdjacent(v0, pair);
            c1 += Avx512BW.MultiplyAddAdjacent(v1, pair);
            pair = Pair512(p + (3 * stride));
            d0 += Avx512BW.MultiplyAddAdjacent(v0, pair);
            d1 += Avx512BW.MultiplyAddAdjacent(v1, pair);
        }

        Flush(sums, a0);
        Flush(sums + 16, a1);
        Flush(sums + padded, b0);
        Flush(sums + padded + 16, b1);
        Flush(sums + (2 * padded), c0);
        Flush(sums + (2 * padded) + 16, c1);
        Flush(sums + (3 * padded), d0);
        Flush(sums + (3 * padded) + 16, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSixteen(ushort* p, int stride, short* v, int pairs, int padded, long* sums)
    {
        Vector512<int> a = default, b = default, c = default, d = default;
        for (int k = 0; k < pairs; k++, p += 2, v += 2 * padded)
        {
            Vector512<short> value = Vector512.Load(v);
            a += Avx512BW.MultiplyAddAdjacent(value, Pair512(p));
            b += Avx512BW.MultiplyAddAdjacent(value, Pair512(p + stride));
            c += Avx512BW.MultiplyAddAdjacent(value, Pair512(p + (2 * stride)));
            d += Avx512BW.MultiplyAddAdjacent(value, Pair512(p + (3 * stride)));
        }

        Flush(sums, a);
        Flush(sums + padded, b);
        Flush(sums + (2 * padded), c);
        Flush(sums + (3 * padded), d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddEight(ushort* p, int stride, short* v, int pairs, int padded, long* sums)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        for (int k = 0; k < pairs; k++, p += 2, v += 2 * padded)
        {
            Vector256<short> value = Vector256.Load(v);
            a += Avx2.MultiplyAddAdjacent(value, Pair256(p));
            b += Avx2.MultiplyAddAdjacent(value, Pair256(p + stride));
            c += Avx2.MultiplyAddAdjacent(value, Pair256(p + (2 * stride)));
            d += Avx2.MultiplyAddAdjacent(value, Pair256(p + (3 * stride)));
        }

        Flush(sums, a);
        Flush(sums + padded, b);
        Flush(sums + (2 * padded), c);
        Flush(sums + (3 * padded), d);
    }

    private static void AddScalar(ushort* p, int stride, short* v, int pairs, int padded, long* sums)
    {
        for (int y = 0; y < 4; y++, p += stride, sums += padded)
        {
            for (int k = 0; k < 2 * pairs; k++)
            {
                short* values = v + ((k / 2 * 2 * padded) + (k % 2));
                for (int e = 0; p[k] != 0 && e < padded; e++)
                {
                    sums[e] += p[k] * values[2 * e];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pair512(ushort* p) => Vector512.Create(*(int*)p).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pair256(ushort* p) => Vector256.Create(*(int*)p).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Flush(long* sums, Vector512<int> part)
    {
        (Vector512.Load(sums) + Avx512F.ConvertToVector512Int64(part.GetLower())).Store(sums);
        (Vector512.Load(sums + 8) + Avx512F.ConvertToVector512Int64(part.GetUpper())).Store(sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Flush(long* sums, Vector256<int> part)
    {
        (Vector256.Load(sums) + Avx2.ConvertToVector256Int64(part.GetLower())).Store(sums);
        (Vector256.Load(sums + 4) + Avx2.ConvertToVector256Int64(part.GetUpper())).Store(sums + 4);
    }
}
