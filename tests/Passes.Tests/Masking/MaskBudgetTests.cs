using Flightc.IR;
using Flightc.Passes.Masking;

namespace Flightc.Tests.Masking;

public sealed class MaskBudgetTests
{
    [Theory]
    [InlineData(0.4)]
    [InlineData(0.55)]
    [InlineData(0.8)]
    [InlineData(1)]
    public void Exactly_as_many_blocks_are_kept_as_are_wanted(double keep)
    {
        long kept = MaskBudget.KeptBlocks(2, 3, 6, keep);
        AttentionMasks masks = MaskBudget.Choose(Chains(2, 3, 6, 5), [1.0, 1.0], kept);
        Assert.Equal(kept, masks.Layers.Sum(l => l.Kept(6)));
    }

    [Fact]
    public void A_share_below_the_diagonals_is_that_of_the_diagonals() =>
        Assert.Equal(2 * 3 * 6, MaskBudget.KeptBlocks(2, 3, 6, 0.01));

    [Fact]
    public void Blocks_go_where_they_cost_least()
    {
        // Small enough to try everything: prefixes of the chains of all rows.
        for (ulong seed = 0; seed < 20; seed++)
        {
            DropChain[][][] chains = Chains(1, 2, 3, seed);
            DropChain[] rows = [.. chains.SelectMany(l => l).SelectMany(h => h)];
            Dictionary<int, double> best = [];
            Try(rows, 0, 0, 0, best);
            for (int drops = 0; drops <= 6; drops++)
            {
                AttentionMasks masks = MaskBudget.Choose(chains, [1.0], 12 - drops);
                double cost = 0;
                for (int head = 0; head < 2; head++)
                {
                    for (int i = 0; i < 3; i++)
                    {
                        int gone = Enumerable.Range(0, i).Count(j => !masks.Layers[0].Keeps(head, i, j));
                        cost += gone == 0 ? 0 : chains[0][head][i].Drops[gone - 1].Cost;
                    }
                }

                // Chains of two drops at most: never more than one drop of a hull's piece off.
                Assert.True(cost <= best[drops] + 2, $"seed {seed}, {drops} drops: {cost} against {best[drops]}");
            }
        }
    }

    [Fact]
    public void Layers_that_matter_more_keep_more()
    {
        DropChain[][] alike = Chains(1, 3, 6, 8)[0];
        AttentionMasks masks = MaskBudget.Choose([alike, alike], [1.0, 100.0], 2 * 3 * 14);
        Assert.True(masks.Layers[1].Kept(6) > masks.Layers[0].Kept(6));
    }

    [Fact]
    public void Pieces_of_a_chain_are_the_edges_of_its_hull()
    {
        DropChain chain = new([(0, 1), (1, 5), (2, 6), (3, 7), (4, 20)]);
        Assert.Equal([(0, 1, 2.0), (1, 3, 4.0), (4, 1, 26.0)], chain.Pieces(2));
        Assert.Empty(new DropChain([]).Pieces(1));
    }

    private static void Try(DropChain[] rows, int row, int drops, double cost, Dictionary<int, double> best)
    {
        if (row == rows.Length)
        {
            best[drops] = Math.Min(cost, best.GetValueOrDefault(drops, double.PositiveInfinity));
            return;
        }

        for (int gone = 0; gone <= rows[row].Drops.Count; gone++)
        {
            Try(rows, row + 1, drops + gone, cost + (gone == 0 ? 0 : rows[row].Drops[gone - 1].Cost), best);
        }
    }

    private static DropChain[][][] Chains(int layers, int heads, int blocks, ulong seed)
    {
        RandomNumbers random = new(seed);
        return [.. Enumerable.Range(0, layers).Select(_ => Enumerable.Range(0, heads).Select(_ => Enumerable.Range(0, blocks).Select(i =>
        {
            double cost = 0;
            return new DropChain([.. Enumerable.Range(0, i).Select(j => (j, cost += random.Below(1000) / 1000.0))]);
        }).ToArray()).ToArray())];
    }
}
