using Flightc.IR;
using Flightc.Passes.Masking;

namespace Flightc.Tests.Masking;

/// <summary>Costs of dropping blocks against attention computed anew.</summary>
public sealed class HeadBlocksTests
{
    private const int Tokens = 200;
    private const int D = 6;
    private const int Hidden = 11;

    [Fact]
    public void The_metric_measures_what_the_projection_makes_of_a_change()
    {
        RandomNumbers random = new(1);
        float[] projection = random.Floats(Hidden * 2 * D);
        for (int head = 0; head < 2; head++)
        {
            OutputMetric metric = new(projection, 2 * D, head, D);
            double[] change = [.. random.Floats(D).Select(x => (double)x)];
            float[] seen = new float[D];
            metric.Apply(change, seen);
            double expected = 0;
            for (int row = 0; row < Hidden; row++)
            {
                double sum = Enumerable.Range(0, D).Sum(i => projection[(row * 2 * D) + (head * D) + i] * change[i]);
                expected += sum * sum;
            }

            Assert.Equal(expected, seen.Sum(x => (double)x * x), 1e-5);
        }
    }

    [Fact]
    public void A_projection_that_sees_nothing_costs_nothing()
    {
        OutputMetric metric = new(new float[Hidden * D], D, 0, D);
        float[] seen = new float[D];
        metric.Apply([1, 2, 3, 4, 5, 6], seen);
        Assert.All(seen, x => Assert.Equal(0, x));
    }

    [Fact]
    public void The_cost_of_a_chain_is_the_change_of_the_output_behind_the_projection()
    {
        RandomNumbers random = new(2);
        float[][] Rows(int width) => [.. Enumerable.Range(0, Tokens).Select(_ => random.Floats(width))];
        (float[][] q, float[][] k, float[][] v, float[][] stream) = (Rows(2 * D), Rows(D), Rows(D), Rows(Hidden));
        float[] projection = random.Floats(Hidden * 2 * D);
        AttentionNodes nodes = new(new Attention(2, 1, D), "q", "k", "v", "w", "x");
        RowLog rows = new("q", "k", "v", "x");
        for (int t = 0; t < Tokens; t++)
        {
            rows.OnValues("q", t, 0, q[t]);
            rows.OnValues("k", t, 0, k[t]);
            rows.OnValues("v", t, 0, v[t]);
            rows.OnValues("x", t, 0, stream[t]);
        }

        const int Head = 1;
        HeadBlocks account = new(4, D);
        account.Add(rows, nodes, Head, new OutputMetric(projection, 2 * D, Head, D));
        const int Row = 3;
        DropChain chain = account.ChainOf(Row);
        Assert.Equal([0, 1, 2], chain.Drops.Select(d => d.Block).Order());
        HashSet<int> gone = [];
        foreach ((int block, double cost) in chain.Drops)
        {
            // The greedy choice: no other block would have cost less.
            double[] others = [.. new[] { 0, 1, 2 }.Where(b => !gone.Contains(b)).Select(b => CostWithout([.. gone, b]))];
            gone.Add(block);
            Assert.Equal(others.Min(), cost, 1e-6 * (1 + cost));
            Assert.Equal(CostWithout(gone), cost, 1e-6 * (1 + cost));
        }

        double CostWithout(IReadOnlyCollection<int> dropped)
        {
            double sum = 0;
            for (int t = Row * 64; t < Tokens; t++)
            {
                double[] full = Output(t, []);
                double[] masked = Output(t, dropped);
                double squares = 0;
                for (int row = 0; row < Hidden; row++)
                {
                    double change = Enumerable.Range(0, D).Sum(i => projection[(row * 2 * D) + (Head * D) + i] * (masked[i] - full[i]));
                    squares += change * change;
                }

                sum += squares / stream[t].Sum(x => (double)x * x);
            }

            return sum;
        }

        double[] Output(int t, IReadOnlyCollection<int> dropped)
        {
            double total = 0;
            double[] output = new double[D];
            for (int u = 0; u <= t; u++)
            {
                if (!dropped.Contains(u / 64))
                {
                    double e = Math.Exp(Enumerable.Range(0, D).Sum(i => (double)q[t][(Head * D) + i] * k[u][i]) / Math.Sqrt(D));
                    total += e;
                    for (int i = 0; i < D; i++)
                    {
                        output[i] += e * v[u][i];
                    }
                }
            }

            return [.. output.Select(x => x / total)];
        }
    }
}
