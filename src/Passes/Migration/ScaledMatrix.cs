using Flightc.Compression;
using Flightc.IR;
using Flightc.Numerics;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Passes.Migration;

/// <summary>A matrix of whose columns factors are tried: what storing it loses then.</summary>
/// <remarks>It is stored as the recipe's method does without its refinements: to the nearest, or with columns that make up for each other. Factors
/// that help the one can harm the other, since columns that make up for much want a fine grid, and that need not be those of large activations. Rows
/// count by themselves; of a large matrix evenly spaced rows stand for all.</remarks>
internal sealed class ScaledMatrix
{
    private const int MostRows = 1024;

    private readonly QuantizedFormat? _format;
    private readonly CompressionWishes _wishes;
    private readonly int _rows;
    private readonly int _columns;
    private readonly double _share;
    private readonly CompressionProblem _problem;

    /// <param name="weights">(N, K)</param>
    /// <param name="statistics">What is known of it.</param>
    /// <param name="format">The format it will have; null where it stays a float.</param>
    /// <param name="wishes">How it is brought into it.</param>
    public ScaledMatrix(float[] weights, WeightStatistics statistics, QuantizedFormat? format, CompressionWishes wishes)
    {
        (_format, _wishes) = (format, wishes);
        (Statistics, _columns) = (statistics, statistics.Columns);
        int all = statistics.Rows;
        _rows = Math.Min(all, MostRows);
        _share = (double)all / _rows;
        float[] sample = new float[_rows * _columns], rowWeights = new float[_rows];
        for (int row = 0; row < _rows; row++)
        {
            int from = (int)((long)row * all / _rows);
            weights.AsSpan(from * _columns, _columns).CopyTo(sample.AsSpan(row * _columns));
            rowWeights[row] = statistics.OutputMoment[statistics.OutputMoment.Length > all ? (from * all) + from : from];
        }

        _problem = new CompressionProblem(statistics.Role, _rows, _columns, sample, statistics.InputMoment, null, rowWeights);
        (ColumnLargest, InputCost) = ColumnFacts();
    }

    /// <summary>What is known of it.</summary>
    public WeightStatistics Statistics { get; }

    /// <summary>The largest |w| of each column, (K).</summary>
    public double[] ColumnLargest { get; }

    /// <summary>Σ over rows of G[n,n]·w[n,k]², (K): twice what an error of variance 1 in feature k costs.</summary>
    public double[] InputCost { get; }

    /// <summary>The mean squares of what a matrix gives: the diagonal of <c>W · A · Wᵀ</c>, (N).</summary>
    /// <param name="weights">W, (N, K)</param>
    /// <param name="moment">A, (K, K)</param>
    /// <param name="rows">N</param>
    /// <param name="columns">K</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public static double[] OutputMoment(float[] weights, float[] moment, int rows, int columns, int threads)
    {
        float[] product = new float[weights.Length];
        MatrixProduct.Add(weights, moment, product, rows, columns, columns, threads);
        return [.. Enumerable.Range(0, rows).Select(row => VectorRows.Dot(weights.AsSpan(row * columns, columns), product.AsSpan(row * columns, columns)))];
    }

    /// <summary>The loss of storing it with columns multiplied by factors, in nats per token.</summary>
    /// <param name="factors">(K)</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public double StoringLoss(double[] factors, int threads)
    {
        if (_format is not { } format)
        {
            return 0;
        }

        float[] weights = _problem.Weights, scaled = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            scaled[i] = (float)(weights[i] * factors[i % _columns]);
        }

        QuantizedMatrix stored = _wishes.Method == QuantizationMethod.RoundToNearest
            ? RoundToNearest.Quantize(
                Statistics.Role, _rows, _columns, format, (row, to) => scaled.AsSpan(row * _columns, _columns).CopyTo(to), threads)
            : WithFeedback(scaled, factors, format, threads);
        float[] error = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            (int row, int k) = (i / _columns, i % _columns);
            int multiplier = stored.Multipliers[(row * stored.Groups) + (k / format.GroupSize)];
            error[i] = (float)(weights[i] - ((double)stored.RowScales[row] * multiplier * stored.Codes[i] / factors[k]));
        }

        return _share * (_problem with { Threads = threads }).LossOf(error);
    }

    private QuantizedMatrix WithFeedback(float[] scaled, double[] factors, QuantizedFormat format, int threads)
    {
        WeightStatistics changed = new()
        {
            Role = Statistics.Role,
            Rows = _rows,
            Columns = _columns,
            Tokens = Statistics.Tokens,
            InputMoment = new Scaling(factors).OfMoment(Statistics.InputMoment, _columns, threads),
            InputLargest = [],
            OutputMoment = _problem.RowWeights,
        };
        CompressionOptions options = CompressionOptions.Of(_wishes) with { Rounds = 1, DescentPasses = 0, CouplesRows = false };
        return new SecondOrderQuantizer(scaled, changed, !format.Sparsity.IsDense, options, threads).Quantize(format);
    }

    private (double[] Largest, double[] Cost) ColumnFacts()
    {
        double[] largest = new double[_columns], cost = new double[_columns];
        for (int row = 0; row < _rows; row++)
        {
            for (int k = 0; k < _columns; k++)
            {
                double w = _problem.Weights[(row * _columns) + k];
                largest[k] = Math.Max(largest[k], Math.Abs(w));
                cost[k] += _share * _problem.RowWeights[row] * w * w;
            }
        }

        return (largest, cost);
    }
}
