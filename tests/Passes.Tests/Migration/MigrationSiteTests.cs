using Flightc.IR;
using Flightc.Passes;
using Flightc.Passes.Migration;

namespace Flightc.Tests.Migration;

public sealed class MigrationSiteTests
{
    [Fact]
    public void Every_value_between_a_maker_and_its_products_is_found_in_float_and_quantised_graphs()
    {
        SmallModel model = new();
        Graph quantised = Pipeline.Run(model.Graph, new PassContext { FormatOf = _ => new QuantizedFormat(4, 32) }, new PassObserver());
        string[] expected =
        [
            "layers.0.attn.norm <- layers.0.attn.norm.weight -> layers.0.attn.q.weight layers.0.attn.k.weight layers.0.attn.v.weight",
            "layers.0.attn.out <- layers.0.attn.v.weight -> layers.0.attn.o.weight",
            "layers.0.mlp.norm <- layers.0.mlp.norm.weight -> layers.0.mlp.gate.weight layers.0.mlp.up.weight",
            "layers.0.mlp.hidden <- layers.0.mlp.up.weight -> layers.0.mlp.down.weight",
        ];
        foreach (Graph graph in (Graph[])[model.Graph, quantised])
        {
            string[] found = [.. MigrationSites.Of(graph).Select(s => $"{s.Value} <- {s.Maker} -> {string.Join(' ', s.Readers)}")];
            Assert.Equal(expected, found[..4]);
            Assert.Equal("norm <- norm.weight -> head.weight", found[^1]);
            Assert.Equal(9, found.Length);
        }
    }

    [Fact]
    public void What_is_looked_up_in_too_is_left_alone() =>
        Assert.DoesNotContain(MigrationSites.Of(new SmallModel(isTied: true).Graph), s => s.Value == "norm");

    [Fact]
    public void Query_heads_that_share_a_head_of_values_share_factors()
    {
        MigrationSite site = MigrationSites.Of(new SmallModel().Graph).First(s => s.IsAttention);
        Assert.Equal((48, 24), (site.Features, site.Factors));
        Assert.Equal([0, 0, 12, 12], new[] { 0, 12, 24, 36 }.Select(site.FactorOf));
        Assert.Equal(23, site.FactorOf(47));
    }
}
