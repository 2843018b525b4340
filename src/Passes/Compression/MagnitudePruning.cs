using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>
/// Keeps the largest weights of every run of a row and makes the others 0: the baseline of N:M sparsity, which
/// asks neither for data nor for what the other weights could make up for.
/// </summary>
/// <remarks>
/// Source: magnitude pruning in N:M runs as in A. Mishra et al., Accelerating Sparse Deep Neural Networks, 2021
/// (arXiv 2104.08378), there 2:4. Runs begin at multiples of M, so that a last one may be short: it keeps N as
/// well, or all it has. Of equal magnitudes the one in the lower column is kept.
/// </remarks>
public static class MagnitudePruning
{
    /// <summary>Prunes a row.</summary>
    /// <param name="row">(K), finite; dropped weights become +0, kept ones stay as they are.</param>
    /// <param name="sparsity">N and M; a dense one changes nothing.</param>
    public static void Prune(Span<float> row, Sparsity sparsity)
    {
        if (sparsity.IsDense)
        {
            return;
        }

        for (int start = 0; start < row.Length; start += sparsity.Run)
        {
            PruneRun(row.Slice(start, Math.Min(sparsity.Run, row.Length - start)), sparsity.Kept);
        }
    }

    private static void PruneRun(Span<float> run, int kept)
    {
        // A bit for each column; runs have at most 16.
        uint keeps = 0;
        for (int i = 0; i < Math.Min(kept, run.Length); i++)
        {
            int largest = -1;
            for (int k = 0; k < run.Length; k++)
            {
                if ((keeps >> k & 1) == 0 && (largest < 0 || Math.Abs(run[k]) > Math.Abs(run[largest])))
                {
                    largest = k;
                }
            }

            keeps |= 1u << largest;
        }

        for (int k = 0; k < run.Length; k++)
        {
            run[k] = (keeps >> k & 1) != 0 ? run[k] : 0;
        }
    }
}
