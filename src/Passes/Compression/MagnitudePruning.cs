using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>
/// Keeps the largest weights of every run of a row and makes the others 0: the baseline of N:M sparsity, which
/// asks neither for data nor for what the other weights could make up for.
/// </summary>
/// <remarks>
/// Source: magnitude pruning in N:M runs as in A. Mishra et al., Accelerating Sparse Deep Neural Networks, 2021
/// (arXiv 2104.08378), there 2:4. Runs begin at multiples of M, so that a last one may be short: it keeps N as
/// well, or all it has. Of equal magnitudes the one in the lower column is kept. Where there is a pattern,
/// <see cref="BlockPattern"/> chooses N for each block, so that the squares of what is kept have the largest sum.
/// </remarks>
public static class MagnitudePruning
{
    private const int BlockColumns = 16;

    /// <summary>Prunes the rows of a row block.</summary>
    /// <param name="rows">(rows, columns), row-major, finite; dropped weights become +0, kept ones stay as they are.
    /// Where there is a pattern, at most 16 rows, the first a multiple of 16 in its matrix.</param>
    /// <param name="columns">K, at least 1.</param>
    /// <param name="sparsity">What to keep; a dense one changes nothing.</param>
    public static void Prune(Span<float> rows, int columns, Sparsity sparsity)
    {
        if (!sparsity.Pattern.IsEmpty)
        {
            PruneTiles(rows, columns, sparsity.Pattern);
        }
        else if (!sparsity.IsDense)
        {
            for (; !rows.IsEmpty; rows = rows[columns..])
            {
                for (int start = 0; start < columns; start += sparsity.Run)
                {
                    PruneRun(rows[start..Math.Min(start + sparsity.Run, columns)], sparsity.Kept);
                }
            }
        }
    }

    private static void PruneTiles(Span<float> rows, int columns, TilePattern pattern)
    {
        int tileColumns = pattern.Blocks * BlockColumns;
        int rowCount = rows.Length / columns;
        float[] squares = new float[rowCount * Math.Min(tileColumns, columns)];
        Span<byte> kept = stackalloc byte[pattern.Blocks];
        for (int first = 0; first < columns; first += tileColumns)
        {
            int width = Math.Min(tileColumns, columns - first);
            Span<byte> keptHere = kept[..BlockPattern.BlocksOf(width)];
            Span<float> scores = squares.AsSpan(0, rowCount * width);
            Squares(rows, columns, first, width, scores);
            BlockPattern.Choose(scores, width, pattern, keptHere);
            for (int row = 0; row < rowCount; row++)
            {
                for (int block = 0; block < keptHere.Length; block++)
                {
                    int start = first + (block * BlockColumns);
                    PruneRun(
                        rows.Slice((row * columns) + start, Math.Min(BlockColumns, columns - start)), keptHere[block]);
                }
            }
        }
    }

    // Divided by the power of two that keeps the largest from overflowing and the others from vanishing beside nothing.
    private static void Squares(ReadOnlySpan<float> rows, int columns, int first, int width, Span<float> squares)
    {
        int rowCount = squares.Length / width;
        float largest = 0;
        for (int row = 0; row < rowCount; row++)
        {
            foreach (float weight in rows.Slice((row * columns) + first, width))
            {
                largest = Math.Max(largest, Math.Abs(weight));
            }
        }

        double factor = largest == 0 ? 0 : Math.ScaleB(1, -Math.ILogB(largest));
        for (int row = 0; row < rowCount; row++)
        {
            for (int k = 0; k < width; k++)
            {
                float weight = (float)(rows[(row * columns) + first + k] * factor);
                squares[(row * width) + k] = weight * weight;
            }
        }
    }

    private static void PruneRun(Span<float> run, int kept)
    {
        Span<float> magnitudes = stackalloc float[run.Length];
        for (int k = 0; k < run.Length; k++)
        {
            magnitudes[k] = Math.Abs(run[k]);
        }

        uint keeps = RunMask.Largest(magnitudes, kept);
        for (int k = 0; k < run.Length; k++)
        {
            run[k] = (keeps >> k & 1) != 0 ? run[k] : 0;
        }
    }
}
