using Flightc.IR;

namespace Flightc.Passes.Masking;

/// <summary>
/// What each block of keys contributes to the outputs of one query head, for all tokens of some windows: its share of
/// the softmax's mass, and its part of the output, in the coordinates of an <see cref="OutputMetric"/>.
/// </summary>
internal sealed class HeadBlocks
{
    private readonly int _d;

    // By block of queries and then token: (blocks), (blocks, d) and the token's weight.
    private readonly List<float[]>[] _masses;
    private readonly List<float[]>[] _parts;
    private readonly List<double>[] _weights;

    /// <summary>An empty account.</summary>
    /// <param name="blocks">Blocks of a window.</param>
    /// <param name="d">Elements of a head.</param>
    public HeadBlocks(int blocks, int d)
    {
        _d = d;
        _masses = [.. Enumerable.Range(0, blocks).Select(_ => new List<float[]>())];
        _parts = [.. Enumerable.Range(0, blocks).Select(_ => new List<float[]>())];
        _weights = [.. Enumerable.Range(0, blocks).Select(_ => new List<double>())];
    }

    /// <summary>Adds the tokens of a window.</summary>
    /// <param name="rows">Queries, keys, values and the residual stream of all tokens.</param>
    /// <param name="nodes">Their names.</param>
    /// <param name="head">The query head.</param>
    /// <param name="metric">Of the head.</param>
    public void Add(RowLog rows, AttentionNodes nodes, int head, OutputMetric metric)
    {
        IReadOnlyList<float[]> queries = rows[nodes.Queries], keys = rows[nodes.Keys], values = rows[nodes.Values];
        IReadOnlyList<float[]> stream = rows[nodes.Stream];
        int kv = head / (nodes.Op.Heads / nodes.Op.KvHeads) * _d;
        double[] scores = new double[queries.Count];
        double[] part = new double[_d];
        for (int t = 0; t < queries.Count; t++)
        {
            ReadOnlySpan<float> query = queries[t].AsSpan(head * _d, _d);
            double largest = double.NegativeInfinity;
            for (int u = 0; u <= t; u++)
            {
                scores[u] = Dot(query, keys[u].AsSpan(kv, _d)) / Math.Sqrt(_d);
                largest = Math.Max(largest, scores[u]);
            }

            double total = 0;
            for (int u = 0; u <= t; u++)
            {
                total += scores[u] = Math.Exp(scores[u] - largest);
            }

            int row = t / LayerMask.BlockTokens;
            float[] masses = new float[row + 1];
            float[] parts = new float[(row + 1) * _d];
            for (int block = 0; block <= row; block++)
            {
                Array.Clear(part);
                double mass = 0;
                int end = Math.Min(t + 1, (block + 1) * LayerMask.BlockTokens);
                for (int u = block * LayerMask.BlockTokens; u < end; u++)
                {
                    double p = scores[u] / total;
                    mass += p;
                    ReadOnlySpan<float> value = values[u].AsSpan(kv, _d);
                    for (int i = 0; i < part.Length; i++)
                    {
                        part[i] += p * value[i];
                    }
                }

                masses[block] = (float)mass;
                metric.Apply(part, parts.AsSpan(block * _d, _d));
            }

            _masses[row].Add(masses);
            _parts[row].Add(parts);

            // The next norm divides by the size of the stream: a change counts in relation to it.
            _weights[row].Add(1 / Math.Max(1e-30, Dot(stream[t], stream[t])));
        }
    }

    /// <summary>
    /// The order in which a block of queries can best do without blocks of keys, one after another, and what that costs.
    /// </summary>
    /// <param name="row">The block of queries.</param>
    /// <remarks>
    /// With the kept blocks' masses p_b and parts n_b, the output is Σ n_b ÷ Σ p_b: leaving out a block changes it by
    /// p ÷ (1 - p) · (o - o_b), with p its share of the kept mass and o_b its mean value. The cost of a set is the squared
    /// length of the whole change behind the projection, against the residual stream's, summed over tokens; the next block to
    /// go is that which makes it least.
    /// </remarks>
    public DropChain ChainOf(int row)
    {
        List<float[]> masses = _masses[row], parts = _parts[row];
        List<double> weights = _weights[row];
        List<int> kept = [.. Enumerable.Range(0, row + 1)];
        double[] mass = new double[masses.Count];
        double[] sums = new double[masses.Count * _d];
        for (int t = 0; t < masses.Count; t++)
        {
            foreach (int block in kept)
            {
                Add(t, block, 1);
            }
        }

        double[] full = [.. sums];
        List<(int Block, double Cost)> drops = [];
        while (kept.Count > 1)
        {
            // The last block is the queries' own.
            (int best, double least) = (-1, double.PositiveInfinity);
            for (int k = 0; k < kept.Count - 1; k++)
            {
                double cost = CostWithout(kept[k]);
                (best, least) = cost < least ? (kept[k], cost) : (best, least);
            }

            best = best < 0 ? kept[0] : best;
            for (int t = 0; t < masses.Count; t++)
            {
                Add(t, best, -1);
            }

            kept.Remove(best);
            drops.Add((best, least));
        }

        return new DropChain(drops);

        void Add(int t, int block, int sign)
        {
            mass[t] += sign * masses[t][block];
            for (int i = 0; i < _d; i++)
            {
                sums[(t * _d) + i] += sign * parts[t][(block * _d) + i];
            }
        }

        double CostWithout(int block)
        {
            double cost = 0;
            for (int t = 0; t < masses.Count; t++)
            {
                // All parts of a token add up to its output, as all masses add up to 1.
                double left = Math.Max(1e-9, mass[t] - masses[t][block]);
                ReadOnlySpan<float> part = parts[t].AsSpan(block * _d, _d);
                double squares = 0;
                for (int i = 0; i < part.Length; i++)
                {
                    double change = ((sums[(t * _d) + i] - part[i]) / left) - full[(t * _d) + i];
                    squares += change * change;
                }

                cost += squares * weights[t];
            }

            return cost;
        }
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        // Four sums, so that additions need not wait for one another.
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i + 4 <= a.Length; i += 4)
        {
            s0 += (double)a[i] * b[i];
            s1 += (double)a[i + 1] * b[i + 1];
            s2 += (double)a[i + 2] * b[i + 2];
            s3 += (double)a[i + 3] * b[i + 3];
        }

        for (; i < a.Length; i++)
        {
            s0 += (double)a[i] * b[i];
        }

        return (s0 + s1) + (s2 + s3);
    }
}
