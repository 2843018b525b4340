using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// One tile of 16 rows against T tokens: sums[t, r] += m[r] · Σ c[r, k] · x[t, k], exact INT32. Here the
/// codes have been spread to bytes (<see cref="DenseCodes"/>).
/// </summary>
/// <remarks>
/// Codes of up to 7 bits are multiplied as unsigned bytes u = c + 2^(b-1) by maddubs, and 2^(b-1) · Σ x is
/// taken off. maddubs adds two products to an INT16, of at most (2^b - 1) · 128 each; so 4 of its results may
/// be added before they overflow for b ≤ 5, 2 for 6 and 1 for 7. Codes of 8 bits are multiplied as INT16.
/// </remarks>
internal static unsafe class TileProduct
{
    /// <summary>Adds the products of spread blocks.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="codes">256 bytes per block.</param>
    /// <param name="numbers">Number of each block in the group.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="bits">Width of the codes.</param>
    /// <param name="operands">Everything else.</param>
    public static void Add(VectorPath path, byte* codes, int* numbers, int blocks, int bits, in TileOperands operands)
    {
        switch (path)
        {
            case VectorPath.Avx512 when bits == 8:
                TileProduct512.AddWide(codes, numbers, blocks, operands);
                break;
            case VectorPath.Avx512:
                TileProduct512.AddNarrow(codes, numbers, blocks, bits, operands);
                break;
            case VectorPath.Avx2:
                Add256(codes, numbers, blocks, bits, operands);
                break;
            case VectorPath.Portable:
                AddScalar(codes, numbers, blocks, bits, operands);
                break;
        }
    }

    /// <summary>
    /// The products of two bytes of an INT16 lane that may be added before it can overflow, in units; at most
    /// a block.
    /// </summary>
    public static int UnitsPerFlush(int bits) => bits <= 5 ? 4 : bits == 6 ? 2 : 1;

    /// <summary>Σ of a token's activations over blocks of the group, at least one, ascending.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SumOf(int* before, int* numbers, int blocks)
    {
        if (numbers[blocks - 1] == blocks - 1)
        {
            return before[blocks] - before[0];
        }

        int sum = 0;
        for (int i = 0; i < blocks; i++)
        {
            sum += before[numbers[i] + 1] - before[numbers[i]];
        }

        return sum;
    }

    private static void AddScalar(byte* codes, int* numbers, int blocks, int bits, in TileOperands operands)
    {
        int* multipliers = stackalloc int[16];
        Multipliers.Spread(operands.Multipliers, multipliers);
        int bias = DenseCodes.Bias(bits);
        for (int t = 0; t < operands.Tokens; t++)
        {
            sbyte* x = operands.X + (t * Activations.Panel);
            for (int r = 0; r < 16; r++)
            {
                int sum = 0;
                for (int k = 0; k < 16 * blocks; k++)
                {
                    byte stored = codes[(k / 4 * 64) + (4 * r) + (k % 4)];
                    int code = bits == 8 ? (sbyte)stored : stored - bias;
                    sum += code * x[(16 * numbers[k / 16]) + (k % 16)];
                }

                operands.Sums[(16 * t) + r] += multipliers[r] * sum;
            }
        }
    }

    private static void Add256(byte* codes, int* numbers, int blocks, int bits, in TileOperands operands)
    {
        int* multipliers = stackalloc int[16];
        Multipliers.Spread(operands.Multipliers, multipliers);
        for (int t = 0; t < operands.Tokens; t++)
        {
            Vector256<int> low, high;
            if (bits == 8)
            {
                (low, high) = Wide256(codes, numbers, blocks, operands.Wide + (t * Activations.Panel));
            }
            else
            {
                int correction = DenseCodes.Bias(bits) * SumOf(
                    operands.Before + (t * Activations.BeforeStride), numbers, blocks);
                (low, high) = Narrow256(
                    codes, numbers, blocks, UnitsPerFlush(bits), operands.X + (t * Activations.Panel));
                low -= Vector256.Create(correction);
                high -= Vector256.Create(correction);
            }

            int* sums = operands.Sums + (16 * t);
            (Vector256.Load(sums) + (low * Vector256.Load(multipliers))).Store(sums);
            (Vector256.Load(sums + 8) + (high * Vector256.Load(multipliers + 8))).Store(sums + 8);
        }
    }

    private static (Vector256<int> Low, Vector256<int> High) Narrow256(
        byte* codes, int* numbers, int blocks, int flush, sbyte* x)
    {
        Vector256<int> low = default, high = default;
        Vector256<short> ones = Vector256.Create((short)1);
        for (int i = 0; i < blocks; i++)
        {
            sbyte* columns = x + (16 * numbers[i]);
            byte* block = codes + (256 * i);
            for (int u = 0; u < 4;)
            {
                Vector256<short> lowPairs = default, highPairs = default;
                for (int end = u + flush; u < end; u++)
                {
                    Vector256<sbyte> four = Vector256.Create(*(int*)(columns + (4 * u))).AsSByte();
                    lowPairs += Avx2.MultiplyAddAdjacent(Vector256.Load(block + (64 * u)), four);
                    highPairs += Avx2.MultiplyAddAdjacent(Vector256.Load(block + (64 * u) + 32), four);
                }

                low += Avx2.MultiplyAddAdjacent(lowPairs, ones);
                high += Avx2.MultiplyAddAdjacent(highPairs, ones);
            }
        }

        return (low, high);
    }

    private static (Vector256<int> Low, Vector256<int> High) Wide256(
        byte* codes, int* numbers, int blocks, short* wide)
    {
        Vector256<int> low = default, high = default;
        for (int i = 0; i < blocks; i++)
        {
            short* columns = wide + (16 * numbers[i]);
            byte* block = codes + (256 * i);
            for (int u = 0; u < 4; u++)
            {
                Vector256<short> even = Vector256.Create(*(int*)(columns + (4 * u))).AsInt16();
                Vector256<short> odd = Vector256.Create(*(int*)(columns + (4 * u) + 2)).AsInt16();
                Vector256<short> first = Vector256.Load(block + (64 * u)).AsInt16(), second = Vector256.Load(block + (64 * u) + 32).AsInt16();
                low += Avx2.MultiplyAddAdjacent(first << 8 >> 8, even) + Avx2.MultiplyAddAdjacent(first >> 8, odd);
                high += Avx2.MultiplyAddAdjacent(second << 8 >> 8, even) + Avx2.MultiplyAddAdjacent(second >> 8, odd);
            }
        }

        return (low, high);
    }
}
