using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>
/// Rounds weights to the nearest codes of the two-level format (docs/numerics.md §2), with scales that are
/// searched for the least squared error of every row. Where the format is sparse, rows are pruned before, so
/// that scales are those of what is kept.
/// </summary>
/// <remarks>Blocks of 16 rows are independent, and their arithmetic has one order: the result does not depend on
/// threads or vector widths.</remarks>
public static class RoundToNearest
{
    // The largest Σ|c·m| with Σ|c·m|·127 < 2^31, which keeps an INT32 accumulator exact: activations reach 127.
    private const long MaxProduct = ((1L << 31) - 1) / 127;

    // Rows to a task: those of a row block, which a pattern is of, and enough that handing out tasks costs nothing.
    private const int RowsPerTask = 16;

    /// <summary>Quantises a matrix.</summary>
    /// <param name="name">The weight's name, for errors.</param>
    /// <param name="rows">Output features.</param>
    /// <param name="columns">Input features.</param>
    /// <param name="format">2 … 8 bits, groups of 32, 64 or 128, any sparsity.</param>
    /// <param name="readRow">Reads the weights.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    /// <param name="pool">Has arrays that can be used again; null for none.</param>
    /// <param name="token">Ends the work early.</param>
    /// <exception cref="OperationCanceledException">The work was to end early.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The format or a size is outside its range.</exception>
    /// <exception cref="CompilationException">A weight is NaN or infinite (FLC1007); the matrix is too large
    /// for exact sums, or for an array (FLC2003). Of several rows at fault, the first is named.</exception>
    public static QuantizedMatrix Quantize(
        string name, int rows, int columns, QuantizedFormat format, RowReader readRow, int threads = -1, MatrixPool? pool = null,
        CancellationToken token = default)
    {
        RequirePossible(name, rows, columns, format);
        int groups = format.GroupsIn(columns);
        QuantizedMatrix matrix = (pool ?? new MatrixPool(0)).Rent(rows, columns, format);
        (sbyte[] codes, byte[] multipliers, float[] scales) = (matrix.Codes, matrix.Multipliers, matrix.RowScales);

        // A pattern is of a row block; otherwise a row is best rounded while it is at hand.
        int atOnce = format.Sparsity.Pattern.IsEmpty ? 1 : Math.Min(rows, RowsPerTask);
        CompilationException?[] errors = new CompilationException?[(rows + RowsPerTask - 1) / RowsPerTask];
        Parallel.For(
            0, errors.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = token },
            () => (Quantizer: new RowQuantizer(columns, format, MaxProduct), Weights: new float[atOnce * columns]),
            (task, _, own) =>
            {
                int firstRow = task * RowsPerTask;
                int count = Math.Min(RowsPerTask, rows - firstRow);
                try
                {
                    for (int row = 0; row < count; row++)
                    {
                        if (row % atOnce == 0)
                        {
                            Read(row, own.Weights.AsSpan(0, Math.Min(atOnce, count - row) * columns));
                        }

                        int at = firstRow + row;
                        scales[at] = own.Quantizer.Quantize(
                            own.Weights.AsSpan(row % atOnce * columns, columns), codes.AsSpan(at * columns, columns),
                            multipliers.AsSpan(at * groups, groups));
                    }
                }
                catch (CompilationException error)
                {
                    errors[task] = error;
                }

                return own;

                void Read(int first, Span<float> destination)
                {
                    for (int at = 0; at < destination.Length; at += columns)
                    {
                        readRow(firstRow + first + (at / columns), destination.Slice(at, columns));
                    }

                    RequireFinite(name, columns, destination, firstRow + first);
                    MagnitudePruning.Prune(destination, columns, format.Sparsity);
                }
            },
            _ => { });
        if (Array.Find(errors, e => e is not null) is { } first)
        {
            throw first;
        }

        return matrix;
    }

    /// <summary>Refuses what has no exact sums, or no array.</summary>
    /// <exception cref="CompilationException">As <see cref="Quantize"/> (FLC2003).</exception>
    internal static void RequirePossible(string name, int rows, int columns, QuantizedFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(format.IsKnown, false, nameof(format));
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if ((long)rows * columns > Array.MaxLength)
        {
            throw new CompilationException(
                Codes.QuantisationImpossible,
                $"{rows} x {columns} codes are more than the {Array.MaxLength} of one matrix", name);
        }

        // With multipliers of 1 the sum is at most this.
        long least = (long)columns << (format.Bits - 1);
        if (least > MaxProduct)
        {
            throw new CompilationException(
                Codes.QuantisationImpossible,
                $"rows of {columns} columns at {format.Bits} bits can exceed exact INT32 sums; the limit is "
                    + $"{MaxProduct >> (format.Bits - 1)} columns",
                name, "choose fewer bits for this weight");
        }
    }

    /// <summary>Refuses what no result could be trusted with.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="columns">K</param>
    /// <param name="weights">Whole rows.</param>
    /// <param name="firstRow">Number of the first of them.</param>
    /// <exception cref="CompilationException">A weight is NaN or infinite (FLC1007).</exception>
    internal static void RequireFinite(string name, int columns, ReadOnlySpan<float> weights, int firstRow = 0)
    {
        if (float.IsFinite(WeightMagnitudes.Largest(weights)))
        {
            return;
        }

        for (int i = 0; i < weights.Length; i++)
        {
            if (!float.IsFinite(weights[i]))
            {
                throw new CompilationException(
                    Codes.WeightNotFinite,
                    $"the weight at row {firstRow + (i / columns)}, column {i % columns} is {weights[i]}, not a finite number",
                    name, "repair the checkpoint: no result could be trusted");
            }
        }
    }
}
