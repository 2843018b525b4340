using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Migration;

/// <summary>The weights of a model after a change that leaves what it computes as it was. Safe from several threads.</summary>
/// <remarks>Hashes stay those of the checkpoint: they say what a model was made of. Changes are computed in binary64 and rounded once.</remarks>
/// <param name="graph">Says shapes.</param>
/// <param name="inner">The weights before.</param>
/// <param name="changes">Of those that change, by role.</param>
/// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
internal sealed class ChangedWeights(Graph graph, IWeights inner, IReadOnlyDictionary<string, WeightChange> changes, int threads) : IWeights
{
    // The one that is read, and one that is read beside it.
    private const int MostKept = 2;

    private readonly Dictionary<string, Weight> _described = graph.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);
    private readonly List<(string Name, Lazy<float[]> Values)> _kept = [];

    /// <inheritdoc/>
    public bool HasData => inner.HasData;

    /// <inheritdoc/>
    public string HashOf(string name) => inner.HashOf(name);

    /// <inheritdoc/>
    /// <exception cref="CompilationException">As those before; or the matrix is too large for an array (FLC2003).</exception>
    public void Read(string name, long start, Span<float> destination)
    {
        if (!changes.TryGetValue(name, out WeightChange? change))
        {
            inner.Read(name, start, destination);
        }
        else if (change.Constant is { } constant)
        {
            destination.Fill(constant);
        }
        else if (change.MixesRows)
        {
            Whole(name, change).AsSpan(checked((int)start), destination.Length).CopyTo(destination);
        }
        else
        {
            ReadRows(name, change, start, destination);
        }
    }

    // A vector's elements are rows of one column.
    private int ColumnsOf(string name) => _described[name].Type.Shape is [_, var columns] ? (int)columns.Size : 1;

    private void ReadRows(string name, WeightChange change, long start, Span<float> destination)
    {
        int columns = ColumnsOf(name);
        Scaling? scaling = (Scaling?)change.Rows;
        if (change.Columns is null)
        {
            inner.Read(name, start, destination);
            for (int i = 0; scaling is not null && i < destination.Length; i++)
            {
                destination[i] = (float)(destination[i] * scaling.Factors[(int)((start + i) / columns)]);
            }

            return;
        }

        float[] row = new float[columns];
        double[] values = new double[columns];
        for (int done = 0; done < destination.Length;)
        {
            (long at, long from) = Math.DivRem(start + done, columns);
            int count = (int)Math.Min(columns - from, destination.Length - done);
            inner.Read(name, at * columns, row);
            ChangeRow(row, values, change);
            double factor = scaling?.Factors[(int)at] ?? 1;
            for (int i = 0; i < count; i++)
            {
                destination[done + i] = (float)(values[(int)from + i] * factor);
            }

            done += count;
        }
    }

    private static void ChangeRow(ReadOnlySpan<float> row, double[] values, WeightChange change)
    {
        for (int k = 0; k < row.Length; k++)
        {
            values[k] = row[k];
        }

        change.Columns?.OfWeights(values);
    }

    private float[] Whole(string name, WeightChange change)
    {
        Lazy<float[]>? values;
        lock (_kept)
        {
            values = _kept.Find(k => k.Name == name).Values;
            if (values is null)
            {
                values = new Lazy<float[]>(() => Make(name, change));
                _kept.Add((name, values));
                if (_kept.Count > MostKept)
                {
                    _kept.RemoveAt(0);
                }
            }
        }

        return values.Value;
    }

    private float[] Make(string name, WeightChange change)
    {
        int columns = ColumnsOf(name);
        long rows = _described[name].Type.Shape[0].Size;
        if (rows * columns > Array.MaxLength)
        {
            throw new CompilationException(
                Codes.QuantisationImpossible, $"{rows} x {columns} weights are more than the {Array.MaxLength} of one matrix", name,
                "leave 'rotation' out of the recipe");
        }

        float[] result = new float[rows * columns];
        inner.Read(name, 0, result);
        ParallelOptions limit = new() { MaxDegreeOfParallelism = threads };
        if (change.Columns is not null)
        {
            Parallel.For(0, (int)rows, limit, row =>
            {
                double[] values = new double[columns];
                Span<float> r = result.AsSpan(row * columns, columns);
                ChangeRow(r, values, change);
                for (int k = 0; k < columns; k++)
                {
                    r[k] = (float)values[k];
                }
            });
        }

        Parallel.For(0, columns, limit, column =>
        {
            double[] values = new double[rows];
            for (int row = 0; row < values.Length; row++)
            {
                values[row] = result[(row * columns) + column];
            }

            change.Rows!.OfWeights(values);
            for (int row = 0; row < values.Length; row++)
            {
                result[(row * columns) + column] = (float)values[row];
            }
        });
        return result;
    }
}
