using Flightc.Compression;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>
/// Stores a matrix in few bits so that the loss that calibration predicts (<see cref="WeightStatistics"/>) grows least: masks by optimal brain
/// surgeon, codes by error feedback, both then refined by coordinate descent. With the options of GPTQ it is GPTQ.
/// </summary>
/// <remarks>docs/compression.md tells what each step brings. Results do not depend on threads.</remarks>
public sealed class SecondOrderQuantizer
{
    // The largest Σ|c·m| with Σ|c·m|·127 < 2^31: docs/numerics.md §2.
    private const long MaxProduct = ((1L << 31) - 1) / 127;
    private const int MaxMultiplier = 63;

    private readonly CompressionOptions _options;
    private readonly PreparedProblem _prepared;
    private readonly bool _isSparse;

    /// <summary>Factors what does not depend on bits and groups.</summary>
    /// <param name="weights">W, (N, K), finite; not changed.</param>
    /// <param name="statistics">What calibration found about it; rows and columns are its.</param>
    /// <param name="isSparse">Whether formats are sparse: columns then go in runs of 16, of which a mask is chosen at once.</param>
    /// <param name="options">How.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    /// <param name="note">Told what a user should know: a moment that had to be damped more than asked for, features that never occur.</param>
    public SecondOrderQuantizer(
        float[] weights, WeightStatistics statistics, bool isSparse, CompressionOptions options, int threads = -1, Action<string>? note = null)
    {
        (_options, _isSparse) = (options, isSparse);
        _prepared = PreparedProblem.Of(weights, statistics, isSparse, options, threads, note);
    }

    /// <summary>Quantises the matrix.</summary>
    /// <param name="format">Bits, groups, sparsity.</param>
    /// <exception cref="ArgumentException">The format is sparse and the columns were not ordered for that, or the other way.</exception>
    public QuantizedMatrix Quantize(QuantizedFormat format)
    {
        if (_isSparse == format.Sparsity.IsDense)
        {
            throw new ArgumentException($"{format} was not prepared for", nameof(format));
        }

        CodeGrid grid = Solve(format, MaxMultiplier);
        for (int limit = MaxMultiplier; limit > 1 && grid.LargestProduct() > MaxProduct;)
        {
            // Fewer and coarser multipliers keep sums exact in INT32.
            limit = (int)Math.Clamp(limit * MaxProduct / grid.LargestProduct(), 1, limit - 1);
            grid = Solve(format, limit);
        }

        return grid.Finish(_prepared.Range.Weights);
    }

    /// <summary>What pruning leaves, with what makes up for the rest, (N, K), before any rounding.</summary>
    /// <param name="format">A sparse one.</param>
    public float[] Prune(QuantizedFormat format)
    {
        float[] values = Prune(new CodeGrid(_prepared.Problem.Rows, _prepared.Problem.Columns, format));
        for (int i = 0; i < values.Length && _prepared.Range.Weights != 0; i++)
        {
            values[i] = MathF.ScaleB(values[i], _prepared.Range.Weights);
        }

        return values;
    }

    /// <summary>The mean KL per token that is predicted of a quantised form, in nats: <c>½ · tr(G · E · A · Eᵀ)</c>.</summary>
    public double LossOf(QuantizedMatrix matrix) => Math.ScaleB(
        _prepared.Undamped.LossOf(_prepared.Undamped.ErrorOf(matrix, _prepared.Range.Weights)), _prepared.Range.Loss);

    private float[] Prune(CodeGrid grid) => _prepared.Feedback.Prune(grid, _prepared.Pruning(grid));

    private CodeGrid Solve(QuantizedFormat format, int limit)
    {
        CompressionProblem problem = _prepared.Problem;
        ErrorFeedback feedback = _prepared.Feedback;
        CodeGrid grid = new(problem.Rows, problem.Columns, format);
        float[] values = problem.Weights;
        if (_isSparse)
        {
            // The grid is fitted to what is left, with what makes up for the rest.
            values = Prune(grid);
            problem = _options.IsJoint ? problem : problem with { Weights = values };
            feedback = _options.IsJoint ? feedback : feedback.For(problem);
        }

        FitGrid(problem, grid, values, limit);
        CodeGrid? best = null;
        double least = double.PositiveInfinity;
        GridDescent descent = new(problem, limit);
        for (int round = 0; round < _options.Rounds; round++)
        {
            feedback.Round(grid);
            if (_options is { Rounds: 1, DescentPasses: 0 })
            {
                return grid;
            }

            descent.Run(grid, _options.DescentPasses);
            double loss = problem.LossOf(problem.ErrorOf(grid));
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

        GridSearch search = new(grid, importance, limit);
        Parallel.For(
            0, problem.Rows, new ParallelOptions { MaxDegreeOfParallelism = problem.Threads },
            row => search.Fit(row, values.AsSpan(row * problem.Columns, problem.Columns)));
    }
}
