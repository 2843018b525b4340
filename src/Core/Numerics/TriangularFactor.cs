namespace Flightc.Numerics;

/// <summary>
/// <c>H = M · diag(D) · Mᵀ</c> of a symmetric positive definite H, with M unit upper triangular: eliminated from the last row
/// on, so that D[k] is what is left of H[k,k] when all columns behind k are free to make up for an error in k.
/// </summary>
/// <remarks>
/// The factor of LDLQ (J. Chee et al., QuIP, 2023, arXiv 2307.13304, which shows that error feedback with M is GPTQ).
/// Blocks of rows are eliminated by <see cref="MatrixProduct"/>; bits do not depend on threads or vectors.
/// </remarks>
public sealed class TriangularFactor
{
    private const int Block = 64;

    private TriangularFactor(int size, float[] upper, float[] diagonal) =>
        (Size, Upper, Diagonal) = (size, upper, diagonal);

    /// <summary>Rows and columns.</summary>
    public int Size { get; }

    /// <summary>M, (n, n) row-major: ones on the diagonal, zeros below.</summary>
    public float[] Upper { get; }

    /// <summary>D, (n), positive.</summary>
    public float[] Diagonal { get; }

    /// <summary>Factors a matrix; null where it is not positive definite in binary32.</summary>
    /// <param name="matrix">(n, n), symmetric; the lower half is read. Not changed.</param>
    /// <param name="size">n</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static TriangularFactor? Of(float[] matrix, int size, int threads = -1)
    {
        float[] a = (float[])matrix.Clone();
        float[] diagonal = new float[size];
        for (int end = size; end > 0; end -= Block)
        {
            int first = Math.Max(0, end - Block);
            for (int k = end - 1; k >= first; k--)
            {
                float pivot = a[(k * size) + k];

                // Of a subnormal one the inverse is infinite, and no number is a normal one.
                if (!float.IsNormal(pivot) || pivot < 0)
                {
                    return null;
                }

                diagonal[k] = pivot;
                ReadOnlySpan<float> row = a.AsSpan(k * size, k);
                for (int j = first; j < k; j++)
                {
                    Subtract(a.AsSpan(j * size, j + 1), row[..(j + 1)], row[j] / pivot);
                }
            }

            Eliminate(a, diagonal, size, first, Math.Min(Block, end), threads);
        }

        return new TriangularFactor(size, Transposed(a, diagonal, size), diagonal);
    }

    // What rows first … first + count - 1 take from those before them.
    private static void Eliminate(float[] a, float[] diagonal, int size, int first, int count, int threads)
    {
        if (first == 0)
        {
            return;
        }

        float[] rows = new float[count * first], scaled = new float[first * count];
        for (int k = 0; k < count; k++)
        {
            ReadOnlySpan<float> row = a.AsSpan((first + k) * size, first);
            row.CopyTo(rows.AsSpan(k * first));
            float factor = -1 / diagonal[first + k];
            for (int j = 0; j < first; j++)
            {
                scaled[(j * count) + k] = row[j] * factor;
            }
        }

        float[] update = new float[first * first];
        MatrixProduct.AddLower(scaled, rows, update, first, count, threads);
        for (int j = 0; j < first; j++)
        {
            Span<float> row = a.AsSpan(j * size, j + 1);
            VectorRows.AddScaled(1, update.AsSpan(j * first, j + 1), row);
        }
    }

    private static float[] Transposed(float[] a, float[] diagonal, int size)
    {
        float[] upper = new float[a.Length];
        for (int k = 0; k < size; k++)
        {
            float inverse = 1 / diagonal[k];
            upper[(k * size) + k] = 1;
            for (int j = 0; j < k; j++)
            {
                upper[(j * size) + k] = a[(k * size) + j] * inverse;
            }
        }

        return upper;
    }

    private static void Subtract(Span<float> row, ReadOnlySpan<float> other, float factor)
    {
        if (factor != 0)
        {
            VectorRows.AddScaled(-factor, other, row);
        }
    }
}
