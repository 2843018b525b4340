namespace Flightc.Onnx.Evaluation;

/// <summary>Softmax of scores times values ("Attention Is All You Need", arXiv 1706.03762), with everything that operators add to it.</summary>
internal sealed class AttentionCore
{
    /// <summary>The node, for limits.</summary>
    public required OperatorCall Call { get; init; }

    /// <summary>Factor of <c>q · k</c>.</summary>
    public required double Scale { get; init; }

    /// <summary>Scores become <c>cap · tanh(score / cap)</c> where it is above 0.</summary>
    public double Softcap { get; init; }

    /// <summary>What is added to the score of (batch, head, query, key); -∞ hides the key.</summary>
    public required Func<int, int, int, int, double> Bias { get; init; }

    /// <summary>Of each head, a score that takes part in the softmax and has no value; null where there is none.</summary>
    public Func<int, double>? Sink { get; init; }

    /// <summary>What is given out besides the result.</summary>
    public ScoreStage Stage { get; init; }

    /// <summary>The result by head and query, and, where <paramref name="scores"/> holds as many elements, scores of [batch, head, query, key].</summary>
    /// <remarks>A query that sees no key gives zeros.</remarks>
    public Heads Run(Heads queries, Heads keys, Heads values, double[]? scores)
    {
        Call.RequireBoundedWork(queries.BatchCount, queries.HeadCount, queries.Length, keys.Length, queries.Size + values.Size);
        Heads result = new(new double[queries.BatchCount * queries.HeadCount * queries.Length * values.Size], queries.BatchCount, queries.HeadCount, queries.Length, values.Size);
        int sharing = queries.HeadCount / Math.Max(1, keys.HeadCount);
        double[] row = new double[keys.Length];
        int at = 0;
        for (int batch = 0; batch < queries.BatchCount; batch++)
        {
            for (int head = 0; head < queries.HeadCount; head++)
            {
                for (int query = 0; query < queries.Length; query++)
                {
                    ReadOnlySpan<double> q = queries.Row(batch, head, query);
                    Span<double> kept = scores is null ? default : scores.AsSpan(at * keys.Length, keys.Length);
                    for (int key = 0; key < keys.Length; key++)
                    {
                        row[key] = Scale * Dot(q, keys.Row(batch, head / sharing, key));
                        Keep(kept, key, row[key], ScoreStage.Raw);
                        row[key] = Softcap > 0 ? Softcap * PortableFunctions.Tanh(row[key] / Softcap) : row[key];
                        Keep(kept, key, row[key], ScoreStage.Capped);
                        row[key] += Bias(batch, head, query, key);
                        Keep(kept, key, row[key], ScoreStage.Biased);
                    }

                    Normalize(row, head);
                    Span<double> sum = result.Row(batch, head, query);
                    for (int key = 0; key < keys.Length; key++)
                    {
                        Keep(kept, key, row[key], ScoreStage.Softmax);
                        Accumulate(sum, row[key], values.Row(batch, head / sharing, key));
                    }

                    at++;
                }
            }
        }

        return result;
    }

    private void Keep(Span<double> kept, int key, double score, ScoreStage stage)
    {
        if (stage == Stage && kept.Length > 0)
        {
            kept[key] = score;
        }
    }

    private void Normalize(Span<double> row, int head)
    {
        double largest = Sink is null ? double.NegativeInfinity : Sink(head);
        foreach (double score in row)
        {
            largest = Math.Max(largest, score);
        }

        if (double.IsNegativeInfinity(largest))
        {
            row.Clear();
            return;
        }

        double sum = Sink is null ? 0 : PortableFunctions.Exp(Sink(head) - largest);
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = PortableFunctions.Exp(row[i] - largest);
            sum += row[i];
        }

        for (int i = 0; i < row.Length; i++)
        {
            row[i] /= sum;
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    // A key that is hidden adds nothing, whatever its value is: there may be infinities where a cache was never written.
    private static void Accumulate(Span<double> sum, double weight, ReadOnlySpan<double> value)
    {
        for (int i = 0; i < sum.Length && weight != 0; i++)
        {
            sum[i] += weight * value[i];
        }
    }
}
