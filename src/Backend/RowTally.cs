using Flightc.Diagnostics;
using Flightc.Schedules;

namespace Flightc.Backend;

/// <summary>Counts which rows of which matrix went into the weight streams: every row has to, once.</summary>
internal sealed class RowTally
{
    private readonly Dictionary<string, int[]> _times = new(StringComparer.Ordinal);

    /// <summary>Counts the rows of a block.</summary>
    /// <param name="block">What is packed.</param>
    /// <param name="rows">Rows of its matrix, at least those of the block.</param>
    public void Add(WeightRows block, int rows)
    {
        if (!_times.TryGetValue(block.Weight, out int[]? times))
        {
            _times.Add(block.Weight, times = new int[rows]);
        }

        foreach (ref int time in times.AsSpan(block.FirstRow, block.RowCount))
        {
            time++;
        }
    }

    /// <summary>Refuses a matrix of which a row is missing or there twice.</summary>
    /// <exception cref="CompilationException">There is one; the first is named (FLC9999).</exception>
    public void RequireWhole()
    {
        foreach ((string weight, int[] times) in _times)
        {
            int bad = times.AsSpan().IndexOfAnyExcept(1);
            if (bad >= 0)
            {
                throw new CompilationException(
                    Codes.Internal,
                    $"row {bad} is in the weight streams {times[bad]} times; every row has to be there once", weight);
            }
        }
    }
}
