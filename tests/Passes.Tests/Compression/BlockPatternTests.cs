using Flightc.IR;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class BlockPatternTests
{
    [Theory]
    [InlineData("16.0", 16, 32)]
    [InlineData("16.8.4.2", 16, 64)]
    [InlineData("8.4.4.0", 5, 64)]
    [InlineData("16.8.8.4", 16, 50)] // a short last block
    [InlineData("16.8.8.8.8.8.4.4", 16, 128)]
    [InlineData("16.16.8.8.4.2.2.0", 3, 97)] // and a missing one
    [InlineData("16.16.16.16.0.0.0.0", 16, 128)]
    public void No_other_way_to_deal_the_entries_keeps_more(string text, int rows, int columns)
    {
        TilePattern pattern = TilePattern.Parse(text)!.Value;
        int blocks = BlockPattern.BlocksOf(columns);
        int[] entries = [.. Enumerable.Range(0, blocks).Select(i => pattern.OfFirst(blocks)[i])];
        for (int seed = 0; seed < 20; seed++)
        {
            Random random = new(seed);
            float[] size = [.. Enumerable.Range(0, blocks).Select(_ => random.NextSingle())];
            // Few values, so that sums are exact and many of them equal.
            float[] scores = [.. Enumerable.Range(0, rows * columns).Select(i => MathF.Round(random.Next(8) * size[i % columns / 16]))];
            byte[] kept = new byte[blocks];

            BlockPattern.Choose(scores, columns, pattern, kept);

            Assert.Equal(entries, kept.Select(k => (int)k).OrderDescending());
            Assert.Equal(Best(scores, columns, entries, 0), Enumerable.Range(0, blocks).Sum(b => Worth(scores, columns, b, kept[b])));
        }
    }

    [Fact]
    public void Among_equals_lower_columns_get_the_denser_entries()
    {
        byte[] kept = new byte[8];

        BlockPattern.Choose(new float[16 * 128], 128, TilePattern.Parse("16.8.8.8.4.4.2.0")!.Value, kept);

        Assert.Equal([16, 8, 8, 8, 4, 4, 2, 0], kept.Select(k => (int)k));
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        TilePattern pattern = TilePattern.Parse("16.8.8.4")!.Value;
        Assert.Throws<ArgumentException>(() => BlockPattern.Choose(new float[64], 64, pattern, new byte[3]));
        Assert.Throws<ArgumentException>(() => BlockPattern.Choose(new float[65], 64, pattern, new byte[4]));
        Assert.Throws<ArgumentException>(() => BlockPattern.Choose(new float[80], 80, pattern, new byte[5]));
        Assert.Throws<ArgumentException>(() => BlockPattern.Choose([], 0, pattern, []));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(2, "1,3")]
    [InlineData(3, "1,2,3")]
    [InlineData(9, "0,1,2,3,4")]
    public void A_mask_has_the_largest_scores_and_of_equal_ones_the_lower_columns(int kept, string columns)
    {
        uint mask = RunMask.Largest([0, 5, 3, 7, 3], kept);

        Assert.Equal(columns, string.Join(',', Enumerable.Range(0, 32).Where(k => (mask >> k & 1) != 0)));
    }

    // Every way to deal what is left to the blocks from one on.
    private static double Best(float[] scores, int columns, int[] left, int block) => left.Length == 0
        ? 0
        : left.Distinct().Max(entry => Worth(scores, columns, block, entry)
            + Best(scores, columns, [.. left.Where((_, i) => i != Array.IndexOf(left, entry))], block + 1));

    private static double Worth(float[] scores, int columns, int block, int kept) => scores.Chunk(columns).Sum(
        row => row.Skip(16 * block).Take(16).OrderDescending().Take(kept).Sum(s => (double)s));
}
