namespace Flightc.Numerics;

/// <summary>Products of dense binary32 matrices, row-major, for calibration and compression.</summary>
/// <remarks>
/// Every element is one chain of fused multiply-adds in ascending order of the inner index, in blocks of
/// <see cref="PackedProduct.InnerBlock"/> that are added one after another. Lanes hold different elements, and threads different columns:
/// a result has the same bits for every number of threads and every width of vectors.
/// </remarks>
public static class MatrixProduct
{
    /// <summary><c>c += a · b</c></summary>
    /// <param name="a">(m, k)</param>
    /// <param name="b">(k, n)</param>
    /// <param name="c">(m, n)</param>
    /// <param name="m">Rows of a and c.</param>
    /// <param name="k">The inner extent.</param>
    /// <param name="n">Columns of b and c.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static void Add(
        ReadOnlyMemory<float> a, ReadOnlyMemory<float> b, Memory<float> c, int m, int k, int n, int threads = -1)
    {
        Require(a.Length, m, k);
        Require(b.Length, k, n);
        Require(c.Length, m, n);
        Add(a, k, b, n, c, n, m, k, n, threads);
    }

    /// <summary><c>c += a · b</c> of parts of larger matrices.</summary>
    /// <param name="a">From its first element on: (m, k), rows <paramref name="aStride"/> apart.</param>
    /// <param name="aStride">From one row to the next.</param>
    /// <param name="b">Likewise: (k, n).</param>
    /// <param name="bStride">From one row to the next.</param>
    /// <param name="c">Likewise: (m, n).</param>
    /// <param name="cStride">From one row to the next.</param>
    /// <param name="m">Rows of a and c.</param>
    /// <param name="k">The inner extent.</param>
    /// <param name="n">Columns of b and c.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static void Add(
        ReadOnlyMemory<float> a, int aStride, ReadOnlyMemory<float> b, int bStride, Memory<float> c, int cStride, int m, int k, int n,
        int threads)
    {
        if (m == 0 || k == 0 || n == 0)
        {
            return;
        }

        RequirePart(a.Length, aStride, m, k);
        RequirePart(b.Length, bStride, k, n);
        RequirePart(c.Length, cStride, m, n);
        new PackedProduct(new ProductOperand(a, aStride, false), new ProductOperand(b, bStride, true), c, cStride, threads).Run(m, k, n);
    }

    /// <summary><c>c += a · bᵀ</c></summary>
    /// <param name="a">(m, k)</param>
    /// <param name="b">(n, k)</param>
    /// <param name="c">(m, n)</param>
    /// <param name="m">Rows of a and c.</param>
    /// <param name="k">The inner extent.</param>
    /// <param name="n">Rows of b, columns of c.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static void AddTransposed(
        ReadOnlyMemory<float> a, ReadOnlyMemory<float> b, Memory<float> c, int m, int k, int n, int threads = -1)
    {
        Require(a.Length, m, k);
        Require(b.Length, n, k);
        Require(c.Length, m, n);
        new PackedProduct(new ProductOperand(a, k, false), new ProductOperand(b, k, false), c, n, threads).Run(m, k, n);
    }

    /// <summary><c>c += xᵀ · x</c>, whole although it is symmetric.</summary>
    /// <param name="x">(t, k)</param>
    /// <param name="c">(k, k)</param>
    /// <param name="t">Rows of x.</param>
    /// <param name="k">Columns of x.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static void AddGram(ReadOnlyMemory<float> x, Memory<float> c, int t, int k, int threads = -1)
    {
        Require(x.Length, t, k);
        Require(c.Length, k, k);
        ProductOperand lines = new(x, k, true);
        new PackedProduct(lines, lines, c, k, threads).Run(k, t, k);
    }

    /// <summary>
    /// <c>c += xᵀ · x</c> on and below the diagonal, with the bits of <see cref="AddGram"/>; what is above has no meaning until
    /// <see cref="Mirror"/>.
    /// </summary>
    /// <param name="x">(t, k)</param>
    /// <param name="c">(k, k)</param>
    /// <param name="t">Rows of x.</param>
    /// <param name="k">Columns of x.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static void AddLowerGram(ReadOnlyMemory<float> x, Memory<float> c, int t, int k, int threads = -1)
    {
        Require(x.Length, t, k);
        Require(c.Length, k, k);
        ProductOperand lines = new(x, k, true);
        new PackedProduct(lines, lines, c, k, threads) { IsLower = true }.Run(k, t, k);
    }

    /// <summary><c>c += a · b</c> on and below the diagonal of a square c; what is above has no meaning.</summary>
    /// <param name="a">(size, k)</param>
    /// <param name="b">(k, size)</param>
    /// <param name="c">(size, size)</param>
    /// <param name="size">Rows and columns of c.</param>
    /// <param name="k">The inner extent.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static void AddLower(ReadOnlyMemory<float> a, ReadOnlyMemory<float> b, Memory<float> c, int size, int k, int threads = -1)
    {
        Require(a.Length, size, k);
        Require(b.Length, k, size);
        Require(c.Length, size, size);
        new PackedProduct(new ProductOperand(a, k, false), new ProductOperand(b, size, true), c, size, threads) { IsLower = true }
            .Run(size, k, size);
    }

    /// <summary>Copies what is below the diagonal to above it.</summary>
    /// <param name="c">(size, size)</param>
    /// <param name="size">Rows and columns.</param>
    public static void Mirror(Span<float> c, int size)
    {
        const int Block = 64;
        for (int r0 = 0; r0 < size; r0 += Block)
        {
            for (int c0 = 0; c0 <= r0; c0 += Block)
            {
                for (int r = r0; r < Math.Min(size, r0 + Block); r++)
                {
                    for (int k = c0; k < Math.Min(r, c0 + Block); k++)
                    {
                        c[(k * size) + r] = c[(r * size) + k];
                    }
                }
            }
        }
    }

    /// <summary>Writes <c>xᵀ</c>.</summary>
    /// <param name="x">(rows, columns)</param>
    /// <param name="destination">(columns, rows)</param>
    /// <param name="rows">Rows of x.</param>
    /// <param name="columns">Columns of x.</param>
    public static void Transpose(ReadOnlySpan<float> x, Span<float> destination, int rows, int columns)
    {
        const int Block = 16;
        for (int r0 = 0; r0 < rows; r0 += Block)
        {
            for (int c0 = 0; c0 < columns; c0 += Block)
            {
                for (int r = r0; r < Math.Min(rows, r0 + Block); r++)
                {
                    for (int c = c0; c < Math.Min(columns, c0 + Block); c++)
                    {
                        destination[(c * rows) + r] = x[(r * columns) + c];
                    }
                }
            }
        }
    }

    // Tiles are read and written by address.
    private static void RequirePart(int length, int stride, int rows, int columns)
    {
        if (stride < columns || length < ((long)(rows - 1) * stride) + columns)
        {
            throw new ArgumentException($"{length} elements in rows of {stride} have no part of {rows} x {columns}");
        }
    }

    private static void Require(int length, int rows, int columns)
    {
        if (length != (long)rows * columns)
        {
            throw new ArgumentException($"{length} elements are no matrix of {rows} x {columns}");
        }
    }
}
