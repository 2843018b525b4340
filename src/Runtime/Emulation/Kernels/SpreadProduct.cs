using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// Blocks whose codes have been written out, a byte each, against one token: sums[r] += m[r] · Σ c[r, k] · x[k],
/// exact INT32.
/// </summary>
/// <remarks>
/// Codes are unsigned bytes u = c + bias, and bias · Σ x is taken off. The vector paths split u into 16 · high + low:
/// a byte product of a half is at most 15 · 128, so that eight of them fit into an INT16.
/// </remarks>
internal static unsafe class SpreadProduct
{
    /// <summary>Adds the products of blocks.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="codes">256 bytes per block, in the order of units.</param>
    /// <param name="numbers">Number of each block in the group, ascending.</param>
    /// <param name="blocks">How many, at least 1.</param>
    /// <param name="bias">What has been added to codes.</param>
    /// <param name="x">Activations from the group's first column on.</param>
    /// <param name="before"><see cref="TokenActivations.Before"/> from the group's first block on.</param>
    /// <param name="multipliers">The 16 multipliers, packed.</param>
    /// <param name="sums">(16)</param>
    public static void Add(
        VectorPath path, byte* codes, int* numbers, int blocks, int bias, sbyte* x, int* before, byte* multipliers, int* sums)
    {
        int correction = 0;
        for (int i = 0; i < blocks; i++)
        {
            correction -= bias * (before[numbers[i] + 1] - before[numbers[i]]);
        }

        switch (path)
        {
            case VectorPath.Avx512:
                Vector512<int> sum = Vector512.Create(correction) + Sum512(codes, numbers, blocks, x);
                (Vector512.Load(sums) + Avx512F.MultiplyLow(sum, Multipliers.Load512(multipliers))).Store(sums);
                break;
            case VectorPath.Avx2:
                int* each = stackalloc int[16];
                Multipliers.Spread(multipliers, each);
                (Vector256<int> low, Vector256<int> high) = Sum256(codes, numbers, blocks, x);
                low = (low + Vector256.Create(correction)) * Vector256.Load(each);
                high = (high + Vector256.Create(correction)) * Vector256.Load(each + 8);
                (Vector256.Load(sums) + low).Store(sums);
                (Vector256.Load(sums + 8) + high).Store(sums + 8);
                break;
            case VectorPath.Portable:
                AddScalar(codes, numbers, blocks, correction, x, multipliers, sums);
                break;
        }
    }

    private static void AddScalar(
        byte* codes, int* numbers, int blocks, int correction, sbyte* x, byte* multipliers, int* sums)
    {
        int* each = stackalloc int[16];
        Multipliers.Spread(multipliers, each);
        for (int r = 0; r < 16; r++)
        {
            int sum = correction;
            for (int k = 0; k < 16 * blocks; k++)
            {
                sum += codes[(k / 4 * 64) + (4 * r) + (k % 4)] * x[(16 * numbers[k / 16]) + (k % 16)];
            }

            sums[r] += each[r] * sum;
        }
    }

    private static Vector512<int> Sum512(byte* codes, int* numbers, int blocks, sbyte* x)
    {
        Vector512<byte> half = Vector512.Create((byte)15);
        Vector512<short> ones = Vector512.Create((short)1), sixteens = Vector512.Create((short)16);
        Vector512<int> sum = default;
        for (int i = 0; i < blocks; i++, codes += 256)
        {
            sbyte* columns = x + (16 * numbers[i]);
            Vector512<short> high = default, low = default;
            for (int u = 0; u < 4; u++)
            {
                Vector512<byte> unit = Vector512.Load(codes + (64 * u));
                Vector512<sbyte> four = Vector512.Create(*(int*)(columns + (4 * u))).AsSByte();
                high += Avx512BW.MultiplyAddAdjacent((unit.AsUInt16() >> 4).AsByte() & half, four);
                low += Avx512BW.MultiplyAddAdjacent(unit & half, four);
            }

            sum += Avx512BW.MultiplyAddAdjacent(high, sixteens) + Avx512BW.MultiplyAddAdjacent(low, ones);
        }

        return sum;
    }

    // Rows 0 … 7 and rows 8 … 15.
    private static (Vector256<int> Low, Vector256<int> High) Sum256(byte* codes, int* numbers, int blocks, sbyte* x)
    {
        Vector256<int> low = default, high = default;
        for (int i = 0; i < blocks; i++)
        {
            sbyte* columns = x + (16 * numbers[i]);
            low += Rows256(codes + (256 * i), columns);
            high += Rows256(codes + (256 * i) + 32, columns);
        }

        return (low, high);
    }

    private static Vector256<int> Rows256(byte* codes, sbyte* columns)
    {
        Vector256<byte> half = Vector256.Create((byte)15);
        Vector256<short> high = default, low = default;
        for (int u = 0; u < 4; u++)
        {
            Vector256<byte> unit = Vector256.Load(codes + (64 * u));
            Vector256<sbyte> four = Vector256.Create(*(int*)(columns + (4 * u))).AsSByte();
            high += Avx2.MultiplyAddAdjacent((unit.AsUInt16() >> 4).AsByte() & half, four);
            low += Avx2.MultiplyAddAdjacent(unit & half, four);
        }

        return Avx2.MultiplyAddAdjacent(high, Vector256.Create((short)16)) + Avx2.MultiplyAddAdjacent(low, Vector256.Create((short)1));
    }
}
