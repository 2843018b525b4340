using Flightc.Compression;
using Flightc.IR;
using Flightc.Numerics;

namespace Flightc.Passes.Compression;

/// <summary>A matrix with its moments damped and factored: everything that does not depend on the format.</summary>
internal sealed class PreparedProblem
{
    // Dampings that are tried, each so many times the one before: from 2 % to beyond the mean itself.
    private const int Attempts = 6;
    private const double Growth = 4;

    private readonly PruningMethod _pruning;

    private PreparedProblem(CompressionProblem problem, ErrorFeedback feedback, PruningMethod pruning) =>
        (Problem, Feedback, _pruning) = (problem, feedback, pruning);

    /// <summary>The matrix.</summary>
    public CompressionProblem Problem { get; }

    /// <summary>Sweeps over it.</summary>
    public ErrorFeedback Feedback { get; }

    /// <summary>Damps and factors.</summary>
    /// <param name="weights">W, (N, K)</param>
    /// <param name="statistics">What calibration found.</param>
    /// <param name="isSparse">Whether runs of 16 columns are pruned, and so stay together.</param>
    /// <param name="options">How.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    /// <param name="note">Told of what had to be changed.</param>
    public static PreparedProblem Of(
        float[] weights, WeightStatistics statistics, bool isSparse, CompressionOptions options, int threads, Action<string>? note)
    {
        (int rows, int columns) = (statistics.Rows, statistics.Columns);
        (float[] input, float[] output) = EffectiveMoments.Of(statistics);
        bool couples = options.CouplesRows && statistics.HasWholeOutputMoment;
        float[] diagonal = couples || output.Length > rows ? DiagonalOf(output, rows) : output;
        int[] columnOrder = !options.OrdersColumns ? [.. Enumerable.Range(0, columns)]
            : isSparse ? ColumnOrder.DescendingRuns(input, columns) : ColumnOrder.Descending(input, columns);
        int[] rowOrder = couples && options.OrdersColumns ? ColumnOrder.Descending(output, rows) : [.. Enumerable.Range(0, rows)];
        (float[] damped, TriangularFactor factor) = Factor(input, columns, columnOrder, options, threads, "input", note);
        (float[] Damped, TriangularFactor Factor)? outer = couples ? Factor(output, rows, rowOrder, options, threads, "output", note) : null;
        CompressionProblem problem = new(statistics.Role, rows, columns, weights, damped, outer?.Damped, diagonal) { Threads = threads };
        return new PreparedProblem(
            problem, new ErrorFeedback(problem, columnOrder, factor, rowOrder, outer?.Factor), options.Pruning);
    }

    /// <summary>What chooses masks during a sweep; null where they are chosen here, by each weight alone, and stand in the grid.</summary>
    public RunPruning? Pruning(QuantizedFormat format, CodeGrid grid)
    {
        if (_pruning == PruningMethod.SecondOrder)
        {
            TilePattern pattern = format.Sparsity.Pattern;
            return new RunPruning(format.Sparsity, pattern.IsEmpty ? null : Feedback.Densities(pattern));
        }

        // By the rows of a tile, which a pattern is of.
        int columns = Problem.Columns;
        for (int first = 0; first < Problem.Rows; first += CodeGrid.Run)
        {
            float[] scores = new float[Math.Min(CodeGrid.Run, Problem.Rows - first) * columns];
            for (int i = 0; i < scores.Length; i++)
            {
                int k = i % columns;
                float weight = Problem.Weights[(first * columns) + i];
                scores[i] = _pruning == PruningMethod.Magnitude ? weight : weight * MathF.Sqrt(Problem.Input[(k * columns) + k]);

                // What is kept must not look like what is dropped.
                scores[i] = scores[i] == 0 ? float.Epsilon : scores[i];
            }

            MagnitudePruning.Prune(scores, columns, format.Sparsity);
            for (int i = 0; i < scores.Length; i++)
            {
                if (scores[i] == 0)
                {
                    int k = i % columns;
                    grid.Kept[((first + (i / columns)) * grid.Runs) + (k / CodeGrid.Run)] &= (ushort)~(1 << (k % CodeGrid.Run));
                }
            }
        }

        return null;
    }

    private static (float[] Damped, TriangularFactor Factor) Factor(
        float[] moment, int size, int[] order, CompressionOptions options, int threads, string what, Action<string>? note)
    {
        double mean = 0;
        for (int i = 0; i < size; i++)
        {
            mean += moment[(i * size) + i] / (double)size;
        }

        if (!(mean > 0))
        {
            note?.Invoke($"the {what} moment is 0: calibration never used this weight, and its values are rounded to the nearest");
            mean = 1;
        }

        double damping = options.Damping;
        for (int attempt = 0; attempt < Attempts; attempt++, damping *= Growth)
        {
            float[] damped = (float[])moment.Clone();
            for (int i = 0; i < size; i++)
            {
                damped[(i * size) + i] += (float)(damping * mean);
            }

            if (TriangularFactor.Of(ColumnOrder.Apply(damped, order), size, threads) is { } factor)
            {
                if (attempt > 0)
                {
                    note?.Invoke(FormattableString.Invariant(
                        $"the {what} moment is singular at a damping of {options.Damping:0.###}; {damping:0.###} was taken"));
                }

                return (damped, factor);
            }
        }

        // Nothing is known of how columns go together; each still counts by itself.
        note?.Invoke($"the {what} moment cannot be factored; only its diagonal was taken");
        float[] diagonal = new float[size * size];
        for (int i = 0; i < size; i++)
        {
            float own = moment[(i * size) + i];
            diagonal[(i * size) + i] = (float.IsFinite(own) && own > 0 ? own : 0) + (float)(float.IsFinite((float)mean) ? mean : 1);
        }

        return (diagonal, TriangularFactor.Of(ColumnOrder.Apply(diagonal, order), size, threads)!);
    }

    private static float[] DiagonalOf(float[] matrix, int size)
    {
        float[] diagonal = new float[size];
        for (int i = 0; i < size; i++)
        {
            diagonal[i] = matrix[(i * size) + i];
        }

        return diagonal;
    }
}
