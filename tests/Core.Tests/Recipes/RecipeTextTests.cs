using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Tests.Recipes;

public sealed class RecipeTextTests
{
    private static readonly QuantizedFormat Eight = new(8, 64);

    [Fact]
    public void What_is_written_is_read_back_as_the_same()
    {
        Recipe recipe = new(
            "mine-3.5", "for \"tests\": a colon, a \\ and a # are all text", new QuantizedFormat(3, 128, new Sparsity(8, 16)), Eight, new QuantizedFormat(6, 32),
            [
                new WeightRule("layers.*.attn.v.weight", new QuantizedFormat(5, 64)),
                new WeightRule("layers.0.*", new QuantizedFormat(4, 32, new Sparsity(2, 4))),
                new WeightRule("?dd \"names\"\\", Eight),
            ]) { CacheBits = 4 };

        Recipe read = Read(recipe, "a comment\nof two lines");

        Assert.Equal(recipe with { Rules = [] }, read with { Rules = [] });
        Assert.Equal(recipe.Rules, read.Rules);
    }

    [Fact]
    public void How_weights_are_compressed_is_read_back_as_the_same()
    {
        Recipe recipe = new("mine", "for tests", Eight, Eight, Eight, []);
        foreach (QuantizationMethod method in Enum.GetValues<QuantizationMethod>())
        {
            foreach (PruningMethod pruning in Enum.GetValues<PruningMethod>())
            {
                foreach (bool choice in new[] { false, true })
                {
                    CompressionWishes wishes = new(method, pruning, choice, !choice);

                    Assert.Equal(wishes, Read(recipe with { Compression = wishes }).Compression);
                }
            }
        }
    }

    [Fact]
    public void What_is_scaled_and_rotated_is_read_back_as_the_same()
    {
        Recipe recipe = new("mine", "for tests", Eight, Eight, Eight, []);
        foreach (MigrationMethod migration in Enum.GetValues<MigrationMethod>())
        {
            foreach (RotationKind rotation in Enum.GetValues<RotationKind>())
            {
                CompressionWishes wishes = CompressionWishes.WithoutData with { Migration = migration, Rotation = rotation };

                Assert.Equal(wishes, Read(recipe with { Compression = wishes }).Compression);
                Assert.Equal(migration != MigrationMethod.None, wishes.UsesCalibration);
            }
        }
    }

    [Theory]
    [InlineData(MaskKind.None, 0, 1, 0)]
    [InlineData(MaskKind.Window, 0, 2, 7)]
    [InlineData(MaskKind.Window, 0.00001, 0, 0)]
    [InlineData(MaskKind.Calibrated, 0.8, 1, 0)]
    public void Which_keys_prompts_see_is_read_back_as_the_same(MaskKind kind, double keep, int sink, int window)
    {
        AttentionWish wish = new(kind, keep, sink, window);

        Assert.Equal(wish, Read(new Recipe("mine", "for tests", Eight, Eight, Eight, []) { Attention = wish }).Attention);
    }

    [Fact]
    public void Recipes_that_ship_survive_being_written()
    {
        foreach (Recipe recipe in new RecipeCatalog(Path.Combine(TestData.Repository, "configs", "recipes")).All())
        {
            Recipe read = Read(recipe);

            Assert.Equal(recipe with { Rules = [] }, read with { Rules = [] });
            Assert.Equal(recipe.Rules, read.Rules);
        }
    }

    [Fact]
    public void The_text_is_what_a_person_would_write()
    {
        Recipe recipe = new(
            "mine", "for tests", new QuantizedFormat(3, 128), Eight, Eight,
            [new WeightRule("layers.*.attn.v.weight", new QuantizedFormat(4, 64)), new WeightRule("layers.0.*", new QuantizedFormat(3, 64, new Sparsity(8, 16)))]);

        Assert.Equal(
            """
            # found by hand
            name: mine
            description: "for tests"

            weights: {bits: 3, group: 128}
            embedding: {bits: 8, group: 64}
            head: {bits: 8, group: 64}
            overrides:
              - {match: "layers.*.attn.v.weight", bits: 4, group: 64}
              - {match: "layers.0.*",             bits: 3, group: 64, sparsity: "8:16"}

            method: round_to_nearest
            pruning: magnitude
            activations: int8
            kv_cache: int8

            """,
            RecipeText.Print(recipe, "found by hand"));
    }

    [Fact]
    public void As_many_overrides_as_a_file_can_have_are_read_back_and_one_more_is_refused()
    {
        WeightRule[] rules = [.. Enumerable.Range(0, RecipeFile.MostRules).Select(i => new WeightRule($"layers.{i}.mlp.gate.weight", new QuantizedFormat(3, 128, new Sparsity(8, 16))))];
        Recipe recipe = new("mine", "for tests", Eight, Eight, Eight, rules);

        Assert.Equal(rules, Read(recipe).Rules);
        CompilationException e = Assert.Throws<CompilationException>(() => RecipeText.Print(recipe with { Rules = [.. rules, rules[0]] }));
        Assert.Equal(Codes.SettingsValue, e.Diagnostics[0].Code);
        Assert.Contains("would have 1025 overrides; a file can have 1024", e.Message, StringComparison.Ordinal);
    }

    private static Recipe Read(Recipe recipe, params string[] comments)
    {
        using TemporaryFolder folder = new();
        return RecipeFile.Read(folder.Write($"{recipe.Name}.yaml", RecipeText.Print(recipe, comments)));
    }
}
