using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Tests.Recipes;

public sealed class RecipeTests
{
    private static readonly string Folder = Path.Combine(TestData.Repository, "configs", "recipes");

    private const string Text =
        """
        name: mine
        description: for tests
        weights: {bits: 4, group: 64}
        embedding: {bits: 8, group: 128}
        head: {bits: 8, group: 32}
        overrides:
          - {match: "layers.*.attn.v.weight", bits: 6, group: 32}
          - {match: "layers.0.*", bits: 8, group: 128}
        method: round_to_nearest
        activations: int8
        kv_cache: int8

        """;

    [Fact]
    public void The_shipped_recipes_are_valid_and_one_is_the_default()
    {
        RecipeCatalog catalog = new(Folder);

        Assert.Equal(["w4", "w8"], catalog.Names);
        Assert.Equal(["4g32 8g64 8g64", "8g64 8g64 8g64"], catalog.All().Select(r => $"{r.Weights} {r.Embedding} {r.Head}"));
        Assert.Equal("w4", catalog.Find(Recipe.Default).Name);
    }

    [Theory]
    [InlineData("layers.3.mlp.down.weight", false, false, "4g64")]
    [InlineData("layers.3.attn.v.weight", false, false, "6g32")]
    [InlineData("layers.0.attn.v.weight", false, false, "8g128")]
    [InlineData("layers.10.attn.v.weight", false, false, "6g32")]
    [InlineData("embedding.weight", true, false, "8g128")]
    [InlineData("head.weight", false, true, "8g32")]
    [InlineData("embedding.weight", true, true, "8g32")]
    public void The_last_rule_that_covers_a_weight_says_its_format(string role, bool isEmbedding, bool isHead, string format)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", Text));

        Assert.Equal(format, recipe.FormatOf(role, isEmbedding, isHead).ToString());
    }

    [Fact]
    public void A_tied_matrix_cannot_have_fewer_than_8_bits()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", Text.Replace("head: {bits: 8", "head: {bits: 4", StringComparison.Ordinal)));

        Assert.Equal(4, recipe.FormatOf("head.weight", isHead: true).Bits);
        CompilationException e = Assert.Throws<CompilationException>(() => recipe.FormatOf("embedding.weight", isEmbedding: true, isHead: true));
        Assert.Equal(Codes.SettingsValue, e.Diagnostics[0].Code);
    }

    [Fact]
    public void A_rule_that_matches_nothing_is_reported()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", Text));
        DiagnosticBag bag = new();

        recipe.ReportIdleRules(["layers.0.attn.q.weight"], bag);

        Diagnostic only = Assert.Single(bag.Items);
        Assert.Equal("'layers.*.attn.v.weight' in the recipe 'mine' matches no weight of this model", only.Message);
        Assert.False(bag.HasErrors);
    }

    [Theory]
    [InlineData("round_to_nearest", "gptq", ":9:9", "'method' is 'round_to_nearest', not 'gptq'")]
    [InlineData("kv_cache: int8", "kv_cache: int4", ":11:11", "'kv_cache' is 'int8', not 'int4'; did you mean 'int8'?")]
    [InlineData("{bits: 4, group: 64}", "{bits: 1, group: 64}", ":3:17", "'bits' is a whole number from 2 to 8, not '1'")]
    [InlineData("{bits: 4, group: 64}", "{bits: 4, group: 48}", ":3:27", "'group' is one of '32', '64', '128', not '48'")]
    [InlineData("{bits: 4, group: 64}", "4g64", ":3:10", "'weights' is a group of keys, not '4g64'")]
    [InlineData("{bits: 8, group: 128}\nhead", "{bits: 4, group: 128}\nhead", ":4:19", "'bits' is a whole number from 8 to 8, not '4'")]
    [InlineData("match: \"layers.0.*\", ", "", ":8:5", "the key 'match' is missing in item 2 of 'overrides'")]
    public void What_a_recipe_cannot_wish_for_is_refused_in_words(string old, string changed, string place, string message)
    {
        using TemporaryFolder folder = new();
        Assert.Contains(old, Text, StringComparison.Ordinal);
        string path = folder.Write("mine.yaml", Text.Replace(old, changed, StringComparison.Ordinal));

        Diagnostic only = Assert.Single(Assert.Throws<CompilationException>(() => RecipeFile.Read(path)).Diagnostics);

        Assert.Equal((path + place, message), (only.Location, only.Message));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a*b*c", "abbbcbc", true)]
    [InlineData("a*b*c", "abbbcb", false)]
    [InlineData("layers.?.x", "layers.1.x", true)]
    [InlineData("layers.?.x", "layers.10.x", false)]
    [InlineData("layers.*", "layers", false)]
    [InlineData("***", "abc", true)]
    public void A_pattern_covers_the_whole_role(string pattern, string role, bool covers) =>
        Assert.Equal(covers, new WeightRule(pattern, new QuantizedFormat(4, 64)).Covers(role));

    [Fact]
    public void A_hostile_pattern_takes_no_time()
    {
        WeightRule rule = new(string.Concat(Enumerable.Repeat("a*", 500)) + "b", new QuantizedFormat(4, 64));

        Assert.False(rule.Covers(new string('a', 2000)));
    }
}
