using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Flightc.Numerics;

/// <summary>Products of dense binary32 matrices, row-major, for calibration and compression.</summary>
/// <remarks>
/// Every element is one chain of fused multiply-adds in ascending order of the inner index, in blocks of
/// <see cref="InnerBlock"/> that are added one after another. Lanes hold different elements, and threads different columns:
/// a result has the same bits for every number of threads and every width of vectors.
/// </remarks>
public static class MatrixProduct
{
    private const int InnerBlock = 256;
    private const int PanelColumns = 32;
    private const int TileRows = 8;

    // Below this many products, threads cost more than they bring.
    private const long LeastParallelWork = 1 << 18;

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
        Panels(n, (long)m * k * n, threads, (column, panel) =>
        {
            int width = Math.Min(PanelColumns, n - column);
            for (int k0 = 0; k0 < k; k0 += InnerBlock)
            {
                int inner = Math.Min(InnerBlock, k - k0);
                CopyPanel(b.Span, panel, k0, inner, column, width, bStride);
                Multiply(a.Span[k0..], panel, c.Span[column..], m, inner, width, aStride, cStride);
            }
        });
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
        Panels(n, (long)m * k * n, threads, (column, panel) =>
        {
            int width = Math.Min(PanelColumns, n - column);
            for (int k0 = 0; k0 < k; k0 += InnerBlock)
            {
                int inner = Math.Min(InnerBlock, k - k0);
                CopyTransposedPanel(b.Span, panel, k0, inner, column, width, k);
                Multiply(a.Span[k0..], panel, c.Span[column..], m, inner, width, k, n);
            }
        });
    }

    /// <summary><c>c += xᵀ · x</c>, whole although it is symmetric.</summary>
    /// <param name="x">(t, k)</param>
    /// <param name="c">(k, k)</param>
    /// <param name="t">Rows of x.</param>
    /// <param name="k">Columns of x.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static void AddGram(ReadOnlyMemory<float> x, Memory<float> c, int t, int k, int threads = -1)
    {
        float[] transposed = new float[(long)t * k];
        Transpose(x.Span, transposed, t, k);
        Add(transposed, x, c, k, t, k, threads);
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

    private static void Panels(int n, long work, int threads, Action<int, float[]> body)
    {
        int panels = (n + PanelColumns - 1) / PanelColumns;
        if (work < LeastParallelWork || threads == 1)
        {
            float[] panel = new float[InnerBlock * PanelColumns];
            for (int p = 0; p < panels; p++)
            {
                body(p * PanelColumns, panel);
            }

            return;
        }

        Parallel.For(
            0, panels, new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => new float[InnerBlock * PanelColumns],
            (p, _, panel) =>
            {
                body(p * PanelColumns, panel);
                return panel;
            },
            _ => { });
    }

    // Columns beyond the matrix are 0 in a panel.
    private static void CopyPanel(
        ReadOnlySpan<float> b, float[] panel, int k0, int inner, int column, int width, int n)
    {
        for (int k = 0; k < inner; k++)
        {
            Span<float> row = panel.AsSpan(k * PanelColumns, PanelColumns);
            b.Slice(((k0 + k) * n) + column, width).CopyTo(row);
            row[width..].Clear();
        }
    }

    private static void CopyTransposedPanel(
        ReadOnlySpan<float> b, float[] panel, int k0, int inner, int column, int width, int stride)
    {
        Array.Clear(panel);
        for (int j = 0; j < width; j++)
        {
            ReadOnlySpan<float> row = b.Slice(((column + j) * stride) + k0, inner);
            for (int k = 0; k < row.Length; k++)
            {
                panel[(k * PanelColumns) + j] = row[k];
            }
        }
    }

    private static void Multiply(
        ReadOnlySpan<float> a, float[] panel, Span<float> c, int m, int inner, int width, int aStride, int cStride)
    {
        ref float b = ref MemoryMarshal.GetArrayDataReference(panel);
        Span<float> edge = stackalloc float[TileRows * PanelColumns];
        int row = 0;
        for (; row + TileRows <= m && width == PanelColumns; row += TileRows)
        {
            // What lies behind the last row of a slice is not touched.
            Tile(ref Unsafe.AsRef(in a[row * aStride]), aStride, ref b, ref c[row * cStride], cStride, inner);
        }

        for (; row < m; row += TileRows)
        {
            int rows = Math.Min(TileRows, m - row);
            edge.Clear();
            for (int r = 0; r < rows; r++)
            {
                c.Slice((row + r) * cStride, width).CopyTo(edge[(r * PanelColumns)..]);
                Row(a.Slice((row + r) * aStride, inner), ref b, ref edge[r * PanelColumns]);
                edge.Slice(r * PanelColumns, width).CopyTo(c[((row + r) * cStride)..]);
            }
        }
    }

    private static void Row(ReadOnlySpan<float> a, ref float b, ref float c)
    {
        Vector512<float> low = Vector512.LoadUnsafe(ref c), high = Vector512.LoadUnsafe(ref c, 16);
        Vector512<float> sumLow = Vector512<float>.Zero, sumHigh = Vector512<float>.Zero;
        for (int k = 0; k < a.Length; k++)
        {
            Vector512<float> x = Vector512.Create(a[k]);
            sumLow = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b, (nuint)(k * PanelColumns)), sumLow);
            sumHigh = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b, (nuint)((k * PanelColumns) + 16)), sumHigh);
        }

        (low + sumLow).StoreUnsafe(ref c);
        (high + sumHigh).StoreUnsafe(ref c, 16);
    }

    // Sixteen accumulators of 16 lanes, two loads and eight broadcasts per step of the inner index.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(ref float a, int aStride, ref float b, ref float c, int cStride, int inner)
    {
        Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        Vector512<float> s40 = default, s41 = default, s50 = default, s51 = default, s60 = default, s61 = default, s70 = default, s71 = default;
        ref float a1 = ref Unsafe.Add(ref a, aStride);
        ref float a2 = ref Unsafe.Add(ref a1, aStride);
        ref float a3 = ref Unsafe.Add(ref a2, aStride);
        ref float a4 = ref Unsafe.Add(ref a3, aStride);
        ref float a5 = ref Unsafe.Add(ref a4, aStride);
        ref float a6 = ref Unsafe.Add(ref a5, aStride);
        ref float a7 = ref Unsafe.Add(ref a6, aStride);
        for (int k = 0; k < inner; k++)
        {
            Vector512<float> low = Vector512.LoadUnsafe(ref b, (nuint)(k * PanelColumns));
            Vector512<float> high = Vector512.LoadUnsafe(ref b, (nuint)((k * PanelColumns) + 16));
            Vector512<float> x = Vector512.Create(Unsafe.Add(ref a, k));
            s00 = Vector512.FusedMultiplyAdd(x, low, s00);
            s01 = Vector512.FusedMultiplyAdd(x, high, s01);
            x = Vector512.Create(Unsafe.Add(ref a1, k));
            s10 = Vector512.FusedMultiplyAdd(x, low, s10);
            s11 = Vector512.FusedMultiplyAdd(x, high, s11);
            x = Vector512.Create(Unsafe.Add(ref a2, k));
            s20 = Vector512.FusedMultiplyAdd(x, low, s20);
            s21 = Vector512.FusedMultiplyAdd(x, high, s21);
            x = Vector512.Create(Unsafe.Add(ref a3, k));
            s30 = Vector512.FusedMultiplyAdd(x, low, s30);
            s31 = Vector512.FusedMultiplyAdd(x, high, s31);
            x = Vector512.Create(Unsafe.Add(ref a4, k));
            s40 = Vector512.FusedMultiplyAdd(x, low, s40);
            s41 = Vector512.FusedMultiplyAdd(x, high, s41);
            x = Vector512.Create(Unsafe.Add(ref a5, k));
            s50 = Vector512.FusedMultiplyAdd(x, low, s50);
            s51 = Vector512.FusedMultiplyAdd(x, high, s51);
            x = Vector512.Create(Unsafe.Add(ref a6, k));
            s60 = Vector512.FusedMultiplyAdd(x, low, s60);
            s61 = Vector512.FusedMultiplyAdd(x, high, s61);
            x = Vector512.Create(Unsafe.Add(ref a7, k));
            s70 = Vector512.FusedMultiplyAdd(x, low, s70);
            s71 = Vector512.FusedMultiplyAdd(x, high, s71);
        }

        Store(ref c, 0, s00, s01);
        Store(ref c, cStride, s10, s11);
        Store(ref c, 2 * cStride, s20, s21);
        Store(ref c, 3 * cStride, s30, s31);
        Store(ref c, 4 * cStride, s40, s41);
        Store(ref c, 5 * cStride, s50, s51);
        Store(ref c, 6 * cStride, s60, s61);
        Store(ref c, 7 * cStride, s70, s71);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref float c, nint offset, Vector512<float> low, Vector512<float> high)
    {
        ref float at = ref Unsafe.Add(ref c, offset);
        (Vector512.LoadUnsafe(ref at) + low).StoreUnsafe(ref at);
        (Vector512.LoadUnsafe(ref at, 16) + high).StoreUnsafe(ref at, 16);
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
