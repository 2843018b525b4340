using Flightc.IR;

namespace Flightc.Tests.IR;

public sealed class QuantizedFormatTests
{
    [Fact]
    public void Every_format_reads_back_from_its_text_and_is_known()
    {
        HashSet<string> texts = [];
        foreach (Sparsity sparsity in (Sparsity[])[default, .. Sparsity.All])
        {
            for (int bits = 2; bits <= 8; bits++)
            {
                QuantizedFormat format = new(bits, 64, sparsity);
                Assert.True(format.IsKnown);
                Assert.Equal(format, QuantizedFormat.Parse(format.ToString()));
                Assert.Equal($"{bits}g64", format.AsDense.ToString());
                texts.Add(format.ToString());
            }
        }

        Assert.Equal(35, texts.Count);
        Assert.Contains("4g64 8:16", texts);
        Assert.Contains("3g64 2:4", texts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("4x64")]
    [InlineData("4g64 ")]
    [InlineData("4g64 8")]
    [InlineData("4g64  8:16")]
    [InlineData("4g64 16:16")]
    [InlineData("4g64 4:8")]
    [InlineData("4g64 8:16 8:16")]
    [InlineData("8:16")]
    [InlineData("04g64")]
    public void What_is_no_format_is_not_read(string text) => Assert.Null(QuantizedFormat.Parse(text));

    [Fact]
    public void Of_sixteen_columns_as_many_are_kept_as_the_runs_in_them_keep()
    {
        Assert.Equal(16, Sparsity.Parse("16.8.8.4:16")!.Value.KeptOf16);
        Assert.Equal([16, 8, 4, 2, 8], ((Sparsity[])[default, .. Sparsity.All]).Select(s => s.KeptOf16));
        Assert.False(new QuantizedFormat(4, 64, new Sparsity(3, 16)).IsKnown);
    }

    [Fact]
    public void A_pattern_reads_back_and_is_known_in_groups_that_have_a_block_for_every_entry()
    {
        QuantizedFormat format = QuantizedFormat.Parse("4g64 16.8.8.4:16")!.Value;

        Assert.Equal("4g64 16.8.8.4:16", format.ToString());
        Assert.True(format.IsKnown);
        Assert.Equal("4g64", format.AsDense.ToString());
        Assert.Equal(36.0 / 64, format.Sparsity.Share);
        Assert.All([32, 128], group => Assert.False((format with { GroupSize = group }).IsKnown));
        Assert.Equal(format, QuantizedFormat.Parse(format.ToString()));
        Assert.NotEqual(format, QuantizedFormat.Parse("4g64 16.8.4.4:16"));
    }

    [Fact]
    public void A_share_is_what_is_kept_of_all() => Assert.Equal(
        [1, 0.5, 0.25, 0.125, 0.5], ((Sparsity[])[default, .. Sparsity.All]).Select(s => s.Share));
}
