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

        Assert.Equal(["paper", "w3", "w3.5", "w3.5-8of16", "w4", "w4-8of16", "w8"], catalog.Names);
        Assert.Equal(
            [
                "3g128 8:16 8g128 8g128", "3g128s 5g64s 5g64s", "3g128 8g128 8g128", "3g128 8:16 8g128 8g128", "4g32 8g64 8g64",
                "4g128 8:16 8g64 8g64", "8g64 8g64 8g64",
            ],
            catalog.All().Select(r => $"{r.Weights} {r.Embedding} {r.Head}"));
        Assert.All(catalog.All(), r => Assert.Equal(
            r.Name == "w8" ? CompressionWishes.WithoutData : new CompressionWishes(
                QuantizationMethod.SecondOrder, PruningMethod.SparseGpt, NeedsCalibration: r.Name is "paper" or "w3"), r.Compression));
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
    public void The_default_and_a_rule_can_say_a_sparsity_and_a_later_rule_can_take_it_back()
    {
        using TemporaryFolder folder = new();
        string text = Text.Replace("bits: 4, group: 64", "bits: 4, group: 64, sparsity: 8:16", StringComparison.Ordinal)
            .Replace("bits: 6, group: 32", "bits: 6, group: 32, sparsity: \"2:4\"", StringComparison.Ordinal);
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", text));

        Assert.Equal("4g64 8:16", recipe.FormatOf("layers.3.mlp.down.weight").ToString());
        Assert.Equal("6g32 2:4", recipe.FormatOf("layers.3.attn.v.weight").ToString());
        Assert.Equal("8g128", recipe.FormatOf("layers.0.attn.v.weight").ToString());
    }

    [Fact]
    public void A_sparsity_can_be_a_pattern_of_the_group_size()
    {
        using TemporaryFolder folder = new();
        string text = Text.Replace("{bits: 4, group: 64}", "{bits: 4, group: 64, sparsity: 16.8.8.0:16}", StringComparison.Ordinal);

        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", text));

        Assert.Equal("4g64 16.8.8.0:16", recipe.FormatOf("layers.3.mlp.down.weight").ToString());
    }

    [Theory]
    [InlineData("method: round_to_nearest", QuantizationMethod.RoundToNearest, PruningMethod.Magnitude, true, false)]
    [InlineData("method: gptq", QuantizationMethod.Gptq, PruningMethod.SparseGpt, true, false)]
    [InlineData("method: second_order\njoint: false\ncalibration: required", QuantizationMethod.SecondOrder, PruningMethod.SparseGpt, false, true)]
    [InlineData("method: round_to_nearest\npruning: wanda\ncalibration: optional", QuantizationMethod.RoundToNearest, PruningMethod.Wanda, true, false)]
    public void A_recipe_says_how_codes_and_masks_are_found(
        string lines, QuantizationMethod method, PruningMethod pruning, bool isJoint, bool needsCalibration)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", Text.Replace("method: round_to_nearest", lines, StringComparison.Ordinal)));

        Assert.Equal(new CompressionWishes(method, pruning, isJoint, needsCalibration), recipe.Compression);
        Assert.Equal(method != QuantizationMethod.RoundToNearest || pruning != PruningMethod.Magnitude, recipe.Compression.UsesCalibration);
    }

    [Fact]
    public void Without_data_a_rotation_is_left_of_wishes()
    {
        CompressionWishes wishes = new(QuantizationMethod.SecondOrder, PruningMethod.SparseGpt) { Migration = MigrationMethod.Awq, Rotation = RotationKind.Values };

        Assert.Equal(CompressionWishes.WithoutData with { Rotation = RotationKind.Values }, wishes.ThatNeedNoData());
        Assert.False(wishes.ThatNeedNoData().UsesCalibration);
        Assert.Contains("Migration = Awq", wishes.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_recipe_of_half_the_weights_has_the_widths_of_the_dense_one()
    {
        RecipeCatalog catalog = new(Folder);
        Recipe dense = catalog.Find("w3.5"), sparse = catalog.Find("w3.5-8of16");

        Assert.Equal(dense.Rules.Select(r => r.Match), sparse.Rules.Select(r => r.Match));
        Assert.Equal(dense.Rules.Select(r => r.Format with { Sparsity = new Sparsity(8, 16) }), sparse.Rules.Select(r => r.Format));
    }

    [Theory]
    [InlineData("{mask: none}", "none")]
    [InlineData("{mask: window, sink: 2, window: 8}", "window sink=2 window=8")]
    [InlineData("{mask: window, keep: 0.5}", "window sink=1 keep=0.5")]
    [InlineData("{mask: calibrated, keep: 0.85, sink: 0}", "calibrated sink=0 keep=0.85")]
    public void A_wish_for_attention_survives_as_text(string wish, string text)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", $"{Text}\nattention: {wish}\n"));
        Assert.Equal(text, recipe.Attention.ToString());
        Assert.Equal(recipe.Attention, AttentionWish.Parse(text));
    }

    [Theory]
    [InlineData("{mask: all}")]
    [InlineData("{mask: none, sink: 1}")]
    [InlineData("{mask: window}")]
    [InlineData("{mask: window, window: 0}")]
    [InlineData("{mask: window, window: 4, keep: 0.5}")]
    [InlineData("{mask: window, keep: 1.5}")]
    [InlineData("{mask: window, keep: -0.5}")]
    [InlineData("{mask: window, keep: nan}")]
    [InlineData("{mask: calibrated}")]
    [InlineData("{mask: calibrated, window: 4}")]
    [InlineData("{mask: calibrated, keep: 0.5, sink: 5000}")]
    [InlineData("{mask: calibrated, keep: 0.5, heads: 2}")]
    [InlineData("window")]
    public void A_wish_for_attention_that_makes_no_sense_is_refused(string wish)
    {
        using TemporaryFolder folder = new();
        CompilationException e = Assert.Throws<CompilationException>(() => RecipeFile.Read(folder.Write("mine.yaml", $"{Text}\nattention: {wish}\n")));
        Assert.All(e.Diagnostics, d => Assert.StartsWith("FLC12", d.Code, StringComparison.Ordinal));
        Assert.Null(AttentionWish.Parse(wish));
    }

    [Fact]
    public void A_tied_matrix_has_the_format_of_the_head_or_of_a_rule_whatever_its_width_and_sparsity()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(
            folder.Write("mine.yaml", Text.Replace("bits: 8, group: 32", "bits: 3, group: 32, sparsity: 4:16", StringComparison.Ordinal)));

        Assert.Equal("3g32 4:16", recipe.FormatOf("embedding.weight", isEmbedding: true, isHead: true).ToString());
        Assert.Equal("8g128", recipe.FormatOf("layers.0.table", isEmbedding: true, isHead: true).ToString());
    }

    [Theory]
    [InlineData("int8", 8)]
    [InlineData("int4", 4)]
    public void A_recipe_says_how_wide_the_cache_is(string text, int bits)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", Text.Replace("kv_cache: int8", $"kv_cache: {text}", StringComparison.Ordinal)));

        Assert.Equal(bits, recipe.CacheBits);
    }

    [Fact]
    public void An_embedding_of_its_own_can_have_few_bits()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeFile.Read(folder.Write("mine.yaml", Text.Replace("embedding: {bits: 8", "embedding: {bits: 2", StringComparison.Ordinal)));

        Assert.Equal("2g128", recipe.FormatOf("embedding.weight", isEmbedding: true).ToString());
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
    [InlineData("round_to_nearest", "gptk", ":9:9", "'method' is one of 'round_to_nearest', 'gptq', 'second_order', not 'gptk'; did you mean 'gptq'?")]
    [InlineData("kv_cache", "pruning: random\nkv_cache", ":11:10", "'pruning' is one of 'magnitude', 'wanda', 'sparsegpt', not 'random'")]
    [InlineData("kv_cache", "joint: maybe\nkv_cache", ":11:8", "'joint' is one of 'true', 'false', not 'maybe'")]
    [InlineData("kv_cache", "calibration: texts.jsonl\nkv_cache", ":11:14", "'calibration' is one of 'optional', 'required', not 'texts.jsonl'")]
    [InlineData("kv_cache: int8", "kv_cache: int2", ":11:11", "'kv_cache' is one of 'int8', 'int4', not 'int2'; did you mean 'int8'?")]
    [InlineData("{bits: 4, group: 64}", "{bits: 1, group: 64}", ":3:17", "'bits' is a whole number from 2 to 8, not '1'")]
    [InlineData("{bits: 4, group: 64}", "{bits: 4, group: 48}", ":3:27", "'group' is one of '32', '64', '128', not '48'")]
    [InlineData(
        "{bits: 4, group: 64}", "{bits: 4, group: 64, sparsity: dense}", ":3:41",
        "'sparsity' is one of '8:16', '4:16', '2:16', '2:4' or a pattern such as '16.8.8.4:16', not 'dense'")]
    [InlineData(
        "{bits: 4, group: 64}", "{bits: 4, group: 64, sparsity: 8.8.8.8:16}", ":3:41",
        "'sparsity' is one of '8:16', '4:16', '2:16', '2:4' or a pattern such as '16.8.8.4:16', not '8.8.8.8:16'")]
    [InlineData(
        "{bits: 4, group: 64}", "{bits: 4, group: 64, sparsity: 16.8:16}", ":3:41",
        "'sparsity' is a pattern of 2 entries, but has one for each 16 columns of a group: 4 for groups of 64, such as '16.8.8.4:16'")]
    [InlineData(
        "bits: 6, group: 32", "bits: 6, group: 32, sparsity: [8, 16]", ":7:69",
        "'sparsity' is one of '8:16', '4:16', '2:16', '2:4' or a pattern such as '16.8:16', not a list")]
    [InlineData("bits: 8, group: 128}\nhead", "bits: 8, group: 128, sparsity: 8:16}\nhead", ":4:34", "unknown key 'sparsity' in 'embedding'")]
    [InlineData("{bits: 4, group: 64}", "4g64", ":3:10", "'weights' is a group of keys, not '4g64'")]
    [InlineData("{bits: 8, group: 128}\nhead", "{bits: 9, group: 128}\nhead", ":4:19", "'bits' is a whole number from 2 to 8, not '9'")]
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
