using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>Scale migration and rotations from the command line: by recipe, with and without statistics.</summary>
public sealed class MigrationCommandTests : IDisposable
{
    private const string Recipe = """
        name: mine
        description: test
        weights: {bits: 4, group: 128}
        embedding: {bits: 8, group: 64}
        head: {bits: 8, group: 64}
        method: round_to_nearest
        activations: int8
        kv_cache: int8

        """;

    private readonly WorkFolder _folder = new();

    private static string Text => Path.Combine(TestData.Stories, "texts.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scales_and_rotations_are_in_the_image_its_manifest_and_what_is_told_of_the_recipe()
    {
        CommandRun.Of("calibrate", TestData.Stories, "--text", Text, "--samples", "3", "--length", "64", "-o", _folder["a.stats"]).Succeeds();
        string plain = _folder.Write("plain.yaml", Recipe.Replace("mine", "plain", StringComparison.Ordinal));
        string mine = _folder.Write("mine.yaml", Recipe + "rotation: values\nmigration: awq\n");
        Compile(plain, "plain.flight").Succeeds();
        CommandRun run = Compile(mine, "mine.flight", "--calibration", _folder["a.stats"]).Succeeds();
        Assert.Contains("awq scales", run.Error, StringComparison.Ordinal);
        Assert.Contains("in the place of", run.Error, StringComparison.Ordinal);
        CommandRun.Of("verify", _folder["mine.flight"]).Succeeds();
        string manifest = CommandRun.Of("inspect", _folder["mine.flight"], "--manifest").Succeeds().Output;
        Assert.Contains("\"migration\": \"awq\"", manifest, StringComparison.Ordinal);
        Assert.Contains("\"rotation\": \"values\"", manifest, StringComparison.Ordinal);

        JsonElement[] results = [.. CommandRun.Of(
            "eval", _folder["plain.flight"], _folder["mine.flight"], "--text", Text, "--reference", TestData.Stories, "--records", "3", "--json")
            .Succeeds().Json.GetProperty("results").EnumerateArray()];
        double[] losses = [.. results.Select(r => r.GetProperty("kl_mean").GetDouble())];

        // The same function in other numbers: neither equal, nor something else.
        Assert.NotEqual(losses[0], losses[1]);
        Assert.InRange(losses[1], 0.3 * losses[0], 2 * losses[0]);

        Assert.Contains("scales of features by AWQ", CommandRun.Of("recipes", mine).Succeeds().Output, StringComparison.Ordinal);
        JsonElement told = CommandRun.Of("recipes", mine, "--json").Succeeds().Json;
        Assert.Equal(("awq", "values"), (told.GetProperty("migration").GetString(), told.GetProperty("rotation").GetString()));
    }

    [Fact]
    public void Rotations_need_no_calibration_and_scales_give_way_without()
    {
        string mine = _folder.Write("mine.yaml", Recipe + "rotation: values\nmigration: smoothquant\n");
        CommandRun run = Compile(mine, "mine.flight").Succeeds();
        Assert.Contains("without calibration", run.Error, StringComparison.Ordinal);
        string manifest = CommandRun.Of("inspect", _folder["mine.flight"], "--manifest").Succeeds().Output;
        Assert.Contains("\"migration\": \"none\"", manifest, StringComparison.Ordinal);
        Assert.Contains("\"rotation\": \"values\"", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void Hidden_values_of_a_model_whose_head_is_its_embedding_cannot_be_rotated()
    {
        string mine = _folder.Write("mine.yaml", Recipe + "rotation: residual\n");
        CommandRun run = Compile(mine, "mine.flight").FailsWith(ExitCode.Unsupported, Codes.QuantisationImpossible);
        Assert.Contains("embedding and head in one", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["mine.flight"]));
    }

    private CommandRun Compile(string recipe, string image, params string[] more) => CommandRun.Of(
        ["compile", TestData.Stories, "-t", "tiny", "-r", recipe, "-o", _folder[image], "--max-length", "256", "--search-limit", "0", .. more]);
}
