using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Dot products of INT8 vectors that have been widened to INT16, exact INT32.</summary>
internal static unsafe class IntegerDots
{
    /// <summary>Widens codes and pads them with zeros.</summary>
    public static void Widen(sbyte* codes, int count, short* target, int padded)
    {
        int i = 0;
        for (; i + 32 <= count; i += 32)
        {
            (Vector256<short> low, Vector256<short> high) = Vector256.Widen(Vector256.Load(codes + i));
            low.Store(target + i);
            high.Store(target + i + 16);
        }

        for (; i < count; i++)
        {
            target[i] = codes[i];
        }

        for (; i < padded; i++)
        {
            target[i] = 0;
        }
    }

    /// <summary>dots[k] = Σ query[i] · keys[k][i], k = 0 … 15.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="query">(count)</param>
    /// <param name="keys">(16, count)</param>
    /// <param name="count">A multiple of 32.</param>
    /// <param name="dots">(16)</param>
    public static void Sixteen(VectorPath path, short* query, short* keys, int count, int* dots)
    {
        switch (path)
        {
            case VectorPath.Avx512:
                for (int k = 0; k < 16; k += 4)
                {
                    Four512(query, keys + ((long)k * count), count).Store(dots + k);
                }

                break;
            case VectorPath.Avx2:
                for (int k = 0; k < 16; k += 4)
                {
                    Four256(query, keys + ((long)k * count), count).Store(dots + k);
                }

                break;
            case VectorPath.Portable:
                for (int k = 0; k < 16; k++)
                {
                    int sum = 0;
                    for (int i = 0; i < count; i++)
                    {
                        sum += query[i] * keys[((long)k * count) + i];
                    }

                    dots[k] = sum;
                }

                break;
        }
    }

    private static Vector128<int> Four512(short* query, short* keys, int count)
    {
        Vector512<int> a = default, b = default, c = default, d = default;
        short* later = keys + (2L * count);
        for (int i = 0; i < count; i += 32)
        {
            Vector512<short> q = Vector512.Load(query + i);
            a += Avx512BW.MultiplyAddAdjacent(q, Vector512.Load(keys + i));
            b += Avx512BW.MultiplyAddAdjacent(q, Vector512.Load(keys + count + i));
            c += Avx512BW.MultiplyAddAdjacent(q, Vector512.Load(later + i));
            d += Avx512BW.MultiplyAddAdjacent(q, Vector512.Load(later + count + i));
        }

        return SumEach(
            a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(),
            d.GetLower() + d.GetUpper());
    }

    private static Vector128<int> Four256(short* query, short* keys, int count)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        short* later = keys + (2L * count);
        for (int i = 0; i < count; i += 16)
        {
            Vector256<short> q = Vector256.Load(query + i);
            a += Avx2.MultiplyAddAdjacent(q, Vector256.Load(keys + i));
            b += Avx2.MultiplyAddAdjacent(q, Vector256.Load(keys + count + i));
            c += Avx2.MultiplyAddAdjacent(q, Vector256.Load(later + i));
            d += Avx2.MultiplyAddAdjacent(q, Vector256.Load(later + count + i));
        }

        return SumEach(a, b, c, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> SumEach(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        Vector256<int> four = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
        return four.GetLower() + four.GetUpper();
    }
}
