using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Tests.Recipes;

public sealed class RecipeFoldingTests
{
    private static readonly string[] Kinds = ["attn.q", "attn.k", "attn.v", "attn.o", "mlp.gate", "mlp.up", "mlp.down"];
    private static readonly QuantizedFormat Three = new(3, 128), Four = new(4, 64), Eight = new(8, 32);

    [Fact]
    public void A_format_that_all_share_needs_no_rule() =>
        Assert.Equal((Four, 0), Folded((_, _) => Four) is var (weights, rules) ? (weights, rules.Count) : default);

    [Fact]
    public void A_kind_that_agrees_in_all_layers_is_one_rule()
    {
        (QuantizedFormat weights, IReadOnlyList<WeightRule> rules) = Folded((_, kind) => kind == "attn.v" ? Eight : Three);

        Assert.Equal(Three, weights);
        Assert.Equal([new WeightRule("layers.*.attn.v.weight", Eight)], rules);
    }

    [Fact]
    public void A_layer_that_agrees_is_one_rule_and_a_weight_that_differs_is_another()
    {
        (QuantizedFormat weights, IReadOnlyList<WeightRule> rules) = Folded(
            (layer, kind) => layer == 0 ? Eight : layer == 11 && kind == "mlp.up" ? Eight : kind == "attn.v" ? Four : Three);

        Assert.Equal(Three, weights);
        Assert.Equal(
            [new WeightRule("layers.*.attn.v.weight", Four), new WeightRule("layers.0.*", Eight), new WeightRule("layers.11.mlp.up.weight", Eight)],
            rules);
    }

    [Fact]
    public void Every_weight_keeps_its_format_whatever_the_formats_are()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            RandomNumbers random = new(seed);
            int variety = 1 + random.Below(4);
            (string Role, QuantizedFormat Format)[] all = [.. Roles(13).Select(role => (role, new QuantizedFormat(2 + random.Below(variety), 64)))];
            (QuantizedFormat weights, IReadOnlyList<WeightRule> rules) = RecipeFolding.Fold(all);
            Recipe recipe = new("mine", "for tests", weights, Eight, Eight, rules);

            Assert.All(all, weight => Assert.Equal(weight.Format, recipe.FormatOf(weight.Role)));
            Assert.InRange(rules.Count, 0, all.Length);
            Assert.All(rules, rule => Assert.Contains(all, weight => rule.Covers(weight.Role)));
        }
    }

    [Fact]
    public void Roles_that_belong_to_no_layer_get_rules_of_their_own()
    {
        (QuantizedFormat weights, IReadOnlyList<WeightRule> rules) = RecipeFolding.Fold([("a.weight", Four), ("layers", Eight), ("layers.x", Four)]);

        Assert.Equal(Four, weights);
        Assert.Equal([new WeightRule("layers", Eight)], rules);
    }

    private static IEnumerable<string> Roles(int layers) =>
        Enumerable.Range(0, layers).SelectMany(layer => Kinds.Select(kind => $"layers.{layer}.{kind}.weight"));

    private static (QuantizedFormat Weights, IReadOnlyList<WeightRule> Rules) Folded(Func<int, string, QuantizedFormat> format) => RecipeFolding.Fold(
        [.. Enumerable.Range(0, 12).SelectMany(layer => Kinds.Select(kind => ($"layers.{layer}.{kind}.weight", format(layer, kind))))]);
}
