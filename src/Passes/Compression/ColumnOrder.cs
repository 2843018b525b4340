namespace Flightc.Passes.Compression;

/// <summary>In which order columns, or rows, are rounded: what is rounded late makes up for what came before.</summary>
internal static class ColumnOrder
{
    /// <summary>Those with the largest diagonal first, of equal ones the lower: "act-order" of GPTQ.</summary>
    /// <param name="moment">(n, n)</param>
    /// <param name="size">n</param>
    public static int[] Descending(float[] moment, int size)
    {
        float[] keys = new float[size];
        for (int i = 0; i < size; i++)
        {
            keys[i] = -moment[(i * size) + i];
        }

        return Sorted(keys);
    }

    /// <summary>Runs of 16 stay together, so that a run's mask is chosen at once: the run with the largest sum first, and in it columns
    /// as <see cref="Descending"/>.</summary>
    /// <param name="moment">(n, n)</param>
    /// <param name="size">n</param>
    public static int[] DescendingRuns(float[] moment, int size)
    {
        float[] keys = new float[(size + CodeGrid.Run - 1) / CodeGrid.Run];
        for (int i = 0; i < size; i++)
        {
            keys[i / CodeGrid.Run] -= moment[(i * size) + i];
        }

        // A short run goes last: blocks of the sweep are counted by 16.
        if (size % CodeGrid.Run != 0)
        {
            keys[^1] = float.PositiveInfinity;
        }

        return
        [
            .. Sorted(keys).SelectMany(run => Enumerable.Range(run * CodeGrid.Run, Math.Min(CodeGrid.Run, size - (run * CodeGrid.Run)))
                .OrderBy(i => -moment[(i * size) + i])),
        ];
    }

    /// <summary>Rows and columns of a symmetric matrix in another order.</summary>
    public static float[] Apply(float[] moment, int[] order)
    {
        int size = order.Length;
        float[] result = new float[moment.Length];
        for (int i = 0; i < size; i++)
        {
            ReadOnlySpan<float> row = moment.AsSpan(order[i] * size, size);
            Span<float> to = result.AsSpan(i * size, size);
            for (int j = 0; j < size; j++)
            {
                to[j] = row[order[j]];
            }
        }

        return result;
    }

    private static int[] Sorted(float[] keys) => [.. Enumerable.Range(0, keys.Length).OrderBy(i => keys[i])];
}
