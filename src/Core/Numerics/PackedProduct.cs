using System.Buffers;

namespace Flightc.Numerics;

/// <summary><c>c[i, j] += Σₖ a[i, k] · b[j, k]</c> out of panels that fit the caches.</summary>
/// <remarks>
/// The left operand is packed for all threads, a part at a time; each thread packs panels of the right one, so that a panel stays in the
/// first cache while a block of the left operand passes from the second (K. Goto, R. van de Geijn, Anatomy of High-Performance Matrix
/// Multiplication, 2008). Which part comes when does not change the order in which an element is summed: blocks of
/// <see cref="InnerBlock"/>, ascending.
/// </remarks>
/// <param name="a">The left operand.</param>
/// <param name="b">The right operand.</param>
/// <param name="c">Added to.</param>
/// <param name="stride">From one row of c to the next.</param>
/// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
internal sealed class PackedProduct(ProductOperand a, ProductOperand b, Memory<float> c, int stride, int threads)
{
    /// <summary>Elements of the inner index that are one chain of fused multiply-adds.</summary>
    public const int InnerBlock = 256;

    // Half of a second cache of a megabyte, in rows of a block; blocks that are packed together; and panels of a task.
    private const int PartRows = 512;
    private const int PartInner = 8 * InnerBlock;
    private const int MostPanels = 8;
    private const int TasksPerThread = 4;

    // Below this many products, threads cost more than they bring.
    private const long LeastParallelWork = 1 << 18;

    /// <summary>Whether only tiles with elements on or below the diagonal are wanted.</summary>
    public bool IsLower { get; init; }

    /// <summary>Computes.</summary>
    /// <param name="m">Rows of a and c.</param>
    /// <param name="k">The inner extent.</param>
    /// <param name="n">Rows of b, columns of c.</param>
    public void Run(int m, int k, int n)
    {
        int most = threads > 0 ? threads : Environment.ProcessorCount;
        most = (long)m * k * n < LeastParallelWork ? 1 : most;
        int rows = Math.Min(PartRows, Padded(m)), inner = Math.Min(PartInner, k);
        float[] left = ArrayPool<float>.Shared.Rent(rows * inner);
        for (int row = 0; row < m; row += PartRows)
        {
            for (int first = 0; first < k; first += PartInner)
            {
                RunPart(row, Math.Min(PartRows, m - row), first, Math.Min(PartInner, k - first), n, left, most);
            }
        }

        ArrayPool<float>.Shared.Return(left);
    }

    private static int Padded(int rows) => (rows + ProductTile.Rows - 1) / ProductTile.Rows * ProductTile.Rows;

    private void RunPart(int firstRow, int rows, int first, int inner, int n, float[] left, int most)
    {
        int wanted = IsLower ? Math.Min(n, firstRow + rows) : n;
        int panels = (wanted + ProductTile.Columns - 1) / ProductTile.Columns;
        int together = Math.Clamp(panels / (most * TasksPerThread), 1, MostPanels);
        int tiles = Padded(rows) / ProductTile.Rows;
        Each(tiles, most, tile => PackLeft(firstRow, rows, tile, first, inner, left));
        Each((panels + together - 1) / together, most, task =>
        {
            float[] panel = ArrayPool<float>.Shared.Rent(InnerBlock * ProductTile.Columns);
            for (int block = 0; block < inner; block += InnerBlock)
            {
                for (int p = task * together; p < Math.Min(panels, (task + 1) * together); p++)
                {
                    RunPanel(firstRow, rows, first, inner, block, p * ProductTile.Columns, n, left, panel);
                }
            }

            ArrayPool<float>.Shared.Return(panel);
        });
    }

    // Blocks one after another, in each tiles of (block, 8).
    private void PackLeft(int firstRow, int rows, int tile, int first, int inner, float[] left)
    {
        int row = tile * ProductTile.Rows;
        for (int block = 0; block < inner; block += InnerBlock)
        {
            int count = Math.Min(InnerBlock, inner - block);
            a.Pack(
                firstRow + row, Math.Min(ProductTile.Rows, rows - row), ProductTile.Rows, first + block, count,
                left.AsSpan((block * Padded(rows)) + (row * count)));
        }
    }

    private void RunPanel(int firstRow, int rows, int first, int inner, int block, int column, int n, float[] left, float[] panel)
    {
        int count = Math.Min(InnerBlock, inner - block), width = Math.Min(ProductTile.Columns, n - column);
        b.Pack(column, width, ProductTile.Columns, first + block, count, panel);
        int row = IsLower ? Math.Max(0, (column - firstRow) / ProductTile.Rows * ProductTile.Rows) : 0;
        for (; row < rows; row += ProductTile.Rows)
        {
            ProductTile.Add(
                left.AsSpan((block * Padded(rows)) + (row * count)), panel, count, c.Span[(((firstRow + row) * stride) + column)..], stride,
                Math.Min(ProductTile.Rows, rows - row), width);
        }
    }

    private static void Each(int count, int most, Action<int> body)
    {
        if (most == 1 || count == 1)
        {
            for (int i = 0; i < count; i++)
            {
                body(i);
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = most }, body);
    }
}
