using Flightc.Compression;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>
/// Stores a matrix in few bits so that the loss that calibration predicts (<see cref="WeightStatistics"/>) grows least: masks by optimal brain
/// surgeon, codes by error feedback, both then refined by coordinate descent.
/// </summary>
/// <remarks>docs/compression.md tells what each step brings.</remarks>
public sealed class SecondOrderQuantizer
{
    // The largest Σ|c·m| with Σ|c·m|·127 < 2^31: docs/numerics.md §2.
    private const long MaxProduct = ((1L << 31) - 1) / 127;
    private const int MaxMultiplier = 63;

    /// <summary>How it works.</summary>
    public CompressionOptions Options { get; init; } = new();

    /// <summary>The most threads to use; -1 for as many as there are processors.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>Told what a user should know: a moment that had to be damped more than asked for, features that never occur.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Quantises a matrix.</summary>
    /// <param name="weights">W, (N, K), finite.</param>
    /// <param name="statistics">What calibration found about it; rows and columns are its.</param>
    /// <param name="format">Bits, groups, sparsity.</param>
    public QuantizedMatrix Quantize(float[] weights, WeightStatistics statistics, QuantizedFormat format)
    {
        PreparedProblem prepared = PreparedProblem.Of(weights, statistics, !format.Sparsity.IsDense, Options, Threads, Note);
        CodeGrid grid = Solve(prepared, format, MaxMultiplier);
        for (int limit = MaxMultiplier; limit > 1 && grid.LargestProduct() > MaxProduct;)
        {
            // Fewer and coarser multipliers keep sums exact in INT32.
            limit = (int)Math.Clamp(limit * MaxProduct / grid.LargestProduct(), 1, limit - 1);
            grid = Solve(prepared, format, limit);
        }

        return grid.Finish();
    }

    private CodeGrid Solve(PreparedProblem prepared, QuantizedFormat format, int limit)
    {
        CompressionProblem problem = prepared.Problem;
        CodeGrid grid = new(problem.Rows, problem.Columns, format);
        float[] values = problem.Weights;
        if (!format.Sparsity.IsDense)
        {
            // The grid is fitted to what is left, with what makes up for the rest.
            values = prepared.Feedback.Prune(grid, prepared.Pruning(format, grid));
        }

        FitGrid(problem, grid, values, limit);
        CodeGrid? best = null;
        double least = double.PositiveInfinity;
        GridDescent descent = new(problem, limit);
        for (int round = 0; round < Options.Rounds; round++)
        {
            prepared.Feedback.Round(grid);
            descent.Run(grid, Options.DescentPasses);
            double loss = problem.LossOf(grid);
            if (!(loss < least))
            {
                break;
            }

            (best, least) = (grid.Copy(), loss);
        }

        return best ?? grid;
    }

    private static void FitGrid(CompressionProblem problem, CodeGrid grid, float[] values, int limit)
    {
        float[] importance = new float[problem.Columns];
        for (int k = 0; k < importance.Length; k++)
        {
            importance[k] = problem.Input[(k * problem.Columns) + k];
        }

        Parallel.For(
            0, problem.Rows, new ParallelOptions { MaxDegreeOfParallelism = problem.Threads },
            () => new GridSearch(grid, importance, limit),
            (row, _, search) =>
            {
                search.Fit(row, values.AsSpan(row * problem.Columns, problem.Columns));
                return search;
            },
            _ => { });
    }
}
