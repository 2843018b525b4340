using Flightc.Compression;
using Flightc.IR;
using Flightc.Numerics;
using Flightc.Recipes;

namespace Flightc.Passes.Compression;

/// <summary>A matrix with its moments damped and factored: everything that does not depend on the format.</summary>
internal sealed class PreparedProblem
{
    // Dampings that are tried, each so many times the one before: from 2 % to beyond the mean itself.
    private const int Attempts = 6;
    private const double Growth = 4;

    private readonly PruningMethod _pruning;
    private readonly float[] _moment;

    private PreparedProblem(
        CompressionProblem problem, CompressionProblem undamped, ErrorFeedback feedback, ProblemRange range, PruningMethod pruning,
        float[] moment) =>
        (Problem, Undamped, Feedback, Range, _pruning, _moment) = (problem, undamped, feedback, range, pruning, moment);

    /// <summary>The matrix.</summary>
    public CompressionProblem Problem { get; }

    /// <summary>The matrix with the moments as they were found: what errors really cost.</summary>
    public CompressionProblem Undamped { get; }

    /// <summary>Sweeps over it.</summary>
    public ErrorFeedback Feedback { get; }

    /// <summary>By what weights and moments are divided in all of these.</summary>
    public ProblemRange Range { get; }

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
        statistics = FiniteStatistics.Of(statistics, note);
        ProblemRange range = ProblemRange.Of(weights, statistics);
        (weights, statistics) = (range.Apply(weights), range.Apply(statistics));
        (float[] input, float[] output) = EffectiveMoments.Of(statistics);
        if (output.Length == 0)
        {
            // Nothing is known of what rows do: each counts as much as any other.
            output = new float[rows];
            Array.Fill(output, 1);
        }

        bool couples = options.CouplesRows && statistics.HasWholeOutputMoment;
        float[] diagonal = couples || output.Length > rows ? DiagonalOf(output, rows) : output;
        int[] columnOrder = isSparse ? ColumnOrder.DescendingRuns(input, columns) : ColumnOrder.Descending(input, columns);
        int[] rowOrder = couples ? ColumnOrder.Descending(output, rows) : [.. Enumerable.Range(0, rows)];
        NoteSingular(input, statistics, options, note);
        (float[] damped, TriangularFactor factor) = Factor(input, columns, columnOrder, options, threads, "input", note);
        (float[] Damped, TriangularFactor Factor)? outer = couples ? Factor(output, rows, rowOrder, options, threads, "output", note) : null;
        bool isBoth = statistics.IsMultiplied && statistics.LookupMoment.Length > 0;
        CompressionProblem problem = new(statistics.Role, rows, columns, weights, damped, outer?.Damped, diagonal) { Threads = threads };
        if (isBoth)
        {
            // Sweeps need one product of two factors; what is refined and compared is the exact form.
            problem = problem with
            {
                Input = Damped(statistics.InputMoment, columns, options.Damping),
                Output = couples ? Damped(statistics.OutputMoment, rows, options.Damping) : null,
                RowWeights = statistics.HasWholeOutputMoment ? DiagonalOf(statistics.OutputMoment, rows) : statistics.OutputMoment,
                Lookup = statistics.LookupMoment,
                LookupShares = statistics.LookupShares,
            };
        }

        CompressionProblem undamped = problem with
        {
            Input = isBoth ? statistics.InputMoment : input,
            Output = !statistics.HasWholeOutputMoment ? null : isBoth ? statistics.OutputMoment : output,
        };
        return new PreparedProblem(
            problem, undamped, new ErrorFeedback(problem, columnOrder, factor, rowOrder, outer?.Factor), range, options.Pruning,
            input);
    }

    /// <summary>What chooses masks during a sweep; null where each weight's own score chooses, and masks stand in the grid then.</summary>
    public RunPruning? Pruning(CodeGrid grid)
    {
        if (_pruning == PruningMethod.SparseGpt)
        {
            TilePattern pattern = grid.Format.Sparsity.Pattern;
            return new RunPruning(grid.Format.Sparsity, pattern.IsEmpty ? null : Feedback.Densities(pattern));
        }

        // By the rows of a tile, which a pattern is of.
        int columns = Problem.Columns;
        for (int first = 0; first < Problem.Rows; first += CodeGrid.Run)
        {
            ReadOnlySpan<float> weights = Problem.Weights.AsSpan(
                first * columns, Math.Min(CodeGrid.Run, Problem.Rows - first) * columns);
            float[] scores = weights.ToArray();
            for (int start = 0; start < scores.Length && _pruning == PruningMethod.Wanda; start += columns)
            {
                WandaScores.Fill(weights.Slice(start, columns), _moment, scores.AsSpan(start, columns));
            }

            MagnitudePruning.Prune(scores, columns, grid.Format.Sparsity);
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

    // What certainly has no full rank; damping makes up for it.
    private static void NoteSingular(float[] input, WeightStatistics statistics, CompressionOptions options, Action<string>? note)
    {
        int columns = statistics.Columns;
        int dead = DiagonalOf(input, columns).Count(x => x == 0);
        if (dead == columns || (dead == 0 && statistics.Tokens >= columns))
        {
            return;
        }

        string why = dead > 0
            ? FormattableString.Invariant($"{dead} of {columns} features never occur in calibration")
            : FormattableString.Invariant($"{statistics.Tokens} tokens of calibration are fewer than {columns} features");
        note?.Invoke(FormattableString.Invariant($"the input moment is singular: {why}; it was damped by {options.Damping:0.###} of its mean"));
    }

    private static (float[] Damped, TriangularFactor Factor) Factor(
        float[] moment, int size, int[] order, CompressionOptions options, int threads, string what, Action<string>? note)
    {
        double mean = MeanOf(moment, size);
        if (!(mean > 0))
        {
            note?.Invoke($"the {what} moment is 0: calibration never used this weight, and its values are rounded to the nearest");
            mean = 1;
        }

        double damping = options.Damping;
        for (int attempt = 0; attempt < Attempts; attempt++, damping *= Growth)
        {
            float[] damped = Raised(moment, size, (float)(damping * mean));
            if (TriangularFactor.Of(ColumnOrder.Apply(damped, order), size, threads) is { } factor)
            {
                if (attempt > 0)
                {
                    note?.Invoke(FormattableString.Invariant(
                        $"the {what} moment cannot be factored at a damping of {options.Damping:0.###}; {damping:0.###} was taken"));
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
            diagonal[(i * size) + i] = Math.Max(own, 0) + (float)mean;
        }

        return (diagonal, TriangularFactor.Of(ColumnOrder.Apply(diagonal, order), size, threads)!);
    }

    private static float[] Damped(float[] moment, int size, double damping) =>
        Raised(moment, size, (float)(damping * MeanOf(moment, size)));

    private static float[] Raised(float[] moment, int size, float amount)
    {
        float[] raised = (float[])moment.Clone();
        for (int i = 0; i < size; i++)
        {
            raised[(i * size) + i] += amount;
        }

        return raised;
    }

    // Of the diagonal.
    private static double MeanOf(float[] moment, int size)
    {
        double mean = 0;
        for (int i = 0; i < size; i++)
        {
            mean += moment[(i * size) + i] / (double)size;
        }

        return mean;
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
