using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Dot products of up to four queries and 32 keys, exact INT32.</summary>
internal static unsafe class QueryDots
{
    private const int Keys = 16;

    /// <summary>dots[y, k] = Σ query[y, i] · key[k, i].</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="queries">(count, padded) INT16</param>
    /// <param name="count">1 … 4 queries.</param>
    /// <param name="keys">(2 blocks, padded / 2, 16 keys, 2) INT16</param>
    /// <param name="padded">Elements, a multiple of 2.</param>
    /// <param name="dots">(4, 32); rows beyond the count are of no use.</param>
    public static void Compute(VectorPath path, short* queries, int count, short* keys, int padded, int* dots)
    {
        // Queries that are not there repeat the first.
        short* a = queries, b = count > 1 ? a + padded : a, c = count > 2 ? b + padded : a, d = count > 3 ? c + padded : a;
        switch (path)
        {
            case VectorPath.Avx512:
                Compute512(a, b, c, d, keys, padded, dots);
                break;
            case VectorPath.Avx2:
                for (int part = 0; part < 2 * Keys; part += 8)
                {
                    Compute256(a, b, c, d, keys + (part / Keys * Keys * padded) + (2 * (part % Keys)), padded, dots + part);
                }

                break;
            case VectorPath.Portable:
                for (int y = 0; y < count; y++)
                {
                    ComputeScalar(queries + (y * padded), keys, padded, dots + (2 * Keys * y));
                }

                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute512(short* a, short* b, short* c, short* d, short* keys, int padded, int* dots)
    {
        Vector512<int> a0 = default, a1 = default, b0 = default, b1 = default;
        Vector512<int> c0 = default, c1 = default, d0 = default, d1 = default;
        short* second = keys + (Keys * padded);
        for (int i = 0; i < padded; i += 2, keys += 2 * Keys, second += 2 * Keys)
        {
            Vector512<short> k0 = Vector512.Load(keys), k1 = Vector512.Load(second);
            Vector512<short> query = Pair512(a + i);
            a0 += Avx512BW.MultiplyAddAdjacent(query, k0);
            a1 += Avx512BW.MultiplyAddAdjacent(query, k1);
            query = Pair512(b + i);
            b0 += Avx512BW.MultiplyAddAdjacent(query, k0);
            b1 += Avx512BW.MultiplyAddAdjacent(query, k1);
            query = Pair512(c + i);
            c0 += Avx512BW.MultiplyAddAdjacent(query, k0);
            c1 += Avx512BW.MultiplyAddAdjacent(query, k1);
            query = Pair512(d + i);
            d0 += Avx512BW.MultiplyAddAdjacent(query, k0);
            d1 += Avx512BW.MultiplyAddAdjacent(query, k1);
        }

        a0.Store(dots);
        a1.Store(dots + 16);
        b0.Store(dots + 32);
        b1.Store(dots + 48);
        c0.Store(dots + 64);
        c1.Store(dots + 80);
        d0.Store(dots + 96);
        d1.Store(dots + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute256(short* a, short* b, short* c, short* d, short* keys, int padded, int* dots)
    {
        Vector256<int> a0 = default, b0 = default, c0 = default, d0 = default;
        for (int i = 0; i < padded; i += 2, keys += 2 * Keys)
        {
            Vector256<short> key = Vector256.Load(keys);
            a0 += Avx2.MultiplyAddAdjacent(Pair256(a + i), key);
            b0 += Avx2.MultiplyAddAdjacent(Pair256(b + i), key);
            c0 += Avx2.MultiplyAddAdjacent(Pair256(c + i), key);
            d0 += Avx2.MultiplyAddAdjacent(Pair256(d + i), key);
        }

        a0.Store(dots);
        b0.Store(dots + 32);
        c0.Store(dots + 64);
        d0.Store(dots + 96);
    }

    private static void ComputeScalar(short* query, short* keys, int padded, int* dots)
    {
        for (int k = 0; k < 2 * Keys; k++)
        {
            short* key = keys + (k / Keys * Keys * padded) + (2 * (k % Keys));
            int sum = 0;
            for (int i = 0; i < padded; i++)
            {
                sum += query[i] * key[(i / 2 * 2 * Keys) + (i % 2)];
            }

            dots[k] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pair512(short* query) => Vector512.Create(*(int*)query).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pair256(short* query) => Vector256.Create(*(int*)query).AsInt16();
}
