using Flightc.Diagnostics;
using Flightc.Passes.Allocation;

namespace Flightc.Tests.Allocation;

public sealed class CandidateFormatsTests
{
    [Theory]
    [InlineData("4g32", "4g32")]
    [InlineData("3..4g64/128", "3g64,3g128,4g64,4g128")]
    [InlineData("8g32, 2..3g128 8:16", "8g32,2g128 8:16,3g128 8:16")]
    public void A_list_names_formats_in_its_order(string text, string formats) =>
        Assert.Equal(formats, string.Join(',', CandidateFormats.Parse(text)));

    [Fact]
    public void What_is_tried_by_default_has_every_width_and_group_and_the_formats_of_sparse_recipes()
    {
        string[] formats = [.. CandidateFormats.Default.Select(f => f.ToString())];

        Assert.Equal(29, formats.Length);
        Assert.All(Enumerable.Range(2, 7), bits => Assert.All(["32", "64", "128"], group => Assert.Contains($"{bits}g{group}", formats)));
        Assert.Contains("3g128 8:16", formats);
    }

    [Theory]
    [InlineData("")]
    [InlineData("4")]
    [InlineData("4g")]
    [InlineData("4g48")]
    [InlineData("9g64")]
    [InlineData("1..8g64")]
    [InlineData("4..3g64")]
    [InlineData("2..99999999g64")]
    [InlineData("-4g64")]
    [InlineData("4g64 7:16")]
    [InlineData("4g64,4g64")]
    [InlineData("4g64,,8g64")]
    [InlineData("w4")]
    public void What_no_weight_can_have_is_refused(string text)
    {
        Diagnostic only = Assert.Single(Assert.Throws<CompilationException>(() => CandidateFormats.Parse(text)).Diagnostics);

        Assert.Equal(Codes.Usage, only.Code);
        Assert.StartsWith("--candidates '", only.Message, StringComparison.Ordinal);
    }
}
