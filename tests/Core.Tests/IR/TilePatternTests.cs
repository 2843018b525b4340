using Flightc.IR;

namespace Flightc.Tests.IR;

public sealed class TilePatternTests
{
    [Theory]
    [InlineData(2, 10)] // 15 multisets of 2 entries, 5 of them all alike
    [InlineData(4, 65)]
    [InlineData(8, 490)]
    public void Every_pattern_of_a_tile_reads_back_from_its_text(int blocks, int count)
    {
        TilePattern[] all = [.. TilePattern.All(blocks)];

        Assert.Equal(count, all.Select(p => p.ToString()).Distinct().Count());
        Assert.Equal(count, all.Length);
        foreach (TilePattern pattern in all)
        {
            int[] entries = [.. Enumerable.Range(0, blocks).Select(i => pattern[i])];
            Assert.Equal(string.Join('.', entries.OrderDescending()), pattern.ToString());
            Assert.Equal((blocks, entries.Sum(), false), (pattern.Blocks, pattern.Kept, pattern.IsEmpty));
            Assert.Equal(pattern, TilePattern.Parse(pattern.ToString()));
            Assert.Equal(pattern, TilePattern.Of([.. entries.Reverse()]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("16")]
    [InlineData("16.8.4")]
    [InlineData("8.16")] // descending
    [InlineData("16.16")] // all alike
    [InlineData("0.0.0.0")]
    [InlineData("8.8.8.8.8.8.8.8")]
    [InlineData("16.12")]
    [InlineData("16.-8")]
    [InlineData("16.08")]
    [InlineData("16. 8")]
    [InlineData("16..8.4")]
    [InlineData("16.8.8.8.8.8.8.8.4.4.4.4.4.4.4.4")]
    [InlineData("16.99999999999999999999")]
    public void What_is_no_pattern_is_not_read(string text)
    {
        Assert.Null(TilePattern.Parse(text));
        Assert.Null(Sparsity.Parse($"{text}:16"));
    }

    [Theory]
    [InlineData("16.8.8.8.8.8.4.4", 1, "16")]
    [InlineData("16.8.8.8.8.8.4.4", 2, "16.8")]
    [InlineData("16.8.8.8.8.8.4.4", 4, "16.8.8.4")]
    [InlineData("16.8.8.8.8.8.4.4", 7, "16.8.8.8.8.8.4")]
    [InlineData("16.16.16.16.0.0.0.0", 3, "16.16.0")]
    [InlineData("8.0", 1, "8")]
    public void A_tile_with_fewer_blocks_has_entries_at_even_distances(string pattern, int blocks, string expected) =>
        Assert.Equal(expected, TilePattern.Parse(pattern)!.Value.OfFirst(blocks).ToString());

    [Fact]
    public void A_tile_with_fewer_blocks_keeps_at_least_the_same_share()
    {
        foreach (TilePattern pattern in new[] { 2, 4, 8 }.SelectMany(TilePattern.All))
        {
            Assert.Equal(pattern, pattern.OfFirst(pattern.Blocks));
            for (int blocks = 1; blocks < pattern.Blocks; blocks++)
            {
                TilePattern part = pattern.OfFirst(blocks);
                Assert.Equal(blocks, part.Blocks);
                Assert.True(part.Kept * pattern.Blocks >= pattern.Kept * blocks, $"{pattern} of {blocks}");
            }
        }
    }
}
