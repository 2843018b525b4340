using System.Text.Json;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Attention masks from the command line: by recipe, from calibration, from a file.</summary>
public sealed class MaskCommandTests
{
    private const string Recipe = """
        name: mine
        description: test
        weights: {bits: 8, group: 64}
        embedding: {bits: 8, group: 64}
        head: {bits: 8, group: 64}
        method: round_to_nearest
        activations: int8
        kv_cache: int8
        attention: WISH
        """;

    [Fact]
    public void Masks_that_were_found_can_be_saved_and_given_again()
    {
        using WorkFolder folder = new();
        string recipe = WithWish(folder, "{mask: calibrated, keep: 0.75}");
        string text = Calibration(folder);
        JsonElement found = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-r", recipe, "-o", folder["a.flight"], "--max-length", "256", "--search-limit", "0",
            "--calibration", text, "--save-masks", folder["masks.json"], "--json").Succeeds().Json.GetProperty("attention_masks");
        Assert.Equal(0.75, found.GetProperty("kept_share").GetDouble(), 0.01);
        Assert.True(found.GetProperty("calibration_kl").GetDouble() <= found.GetProperty("calibration_window_kl").GetDouble());
        AttentionMasks saved = AttentionMaskFile.Read(folder["masks.json"]);
        Assert.Equal(saved.Hash, found.GetProperty("hash").GetString());

        CommandRun given = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-r", recipe, "-o", folder["b.flight"], "--max-length", "256", "--search-limit", "0",
            "--masks", folder["masks.json"]).Succeeds();
        Assert.Contains("of the causal blocks of 256 tokens kept", given.Output, StringComparison.Ordinal);

        // The same bytes of program and memory.
        Assert.Equal(SectionsOf(folder["a.flight"]), SectionsOf(folder["b.flight"]));
        JsonElement joined = CommandRun.Of("eval", folder["b.flight"], "--text", text, "--join", "--records", "40", "--json").Succeeds().Json;
        Assert.True(joined.GetProperty("protocol").GetProperty("joined").GetBoolean());
        Assert.Equal(0, joined.GetProperty("protocol").GetProperty("tokens").GetInt64() % 255);
        CommandRun.Of("verify", folder["b.flight"]).Succeeds();
    }

    [Fact]
    public void A_window_needs_no_calibration()
    {
        using WorkFolder folder = new();
        JsonElement masks = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-r", WithWish(folder, "{mask: window, sink: 1, window: 2}"), "-o", folder["a.flight"],
            "--search-limit", "0", "--json").Succeeds().Json.GetProperty("attention_masks");

        // Of 36 blocks of 8 rows: 1, 2, and 3 of each further one.
        Assert.Equal(21.0 / 36, masks.GetProperty("kept_share_at_context").GetDouble(), 1e-9);
        Assert.Equal(JsonValueKind.Null, masks.GetProperty("calibration_kl").ValueKind);
        Assert.Contains("attention of prompts  window sink=1 window=2", CommandRun.Of("recipes", folder["mine.yaml"]).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("window sink=1 window=2", CommandRun.Of("inspect", folder["a.flight"], "--manifest").Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Calibration_that_is_wanted_and_not_given_is_a_mistake_of_the_command_line()
    {
        using WorkFolder folder = new();
        CommandRun run = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-r", WithWish(folder, "{mask: calibrated, keep: 0.8}"), "-o", folder["a.flight"])
            .FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Contains("--calibration", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["a.flight"]));

        // An estimate has no weights to search with.
        CommandRun estimate = CommandRun.Of("estimate", TestData.Stories, "-t", "tiny", "-r", folder["mine.yaml"], "--case", "200,1").Succeeds();
        Assert.Contains("sinks and a window of the same share stand in", estimate.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_of_another_model_are_refused()
    {
        using WorkFolder folder = new();
        File.WriteAllText(folder["masks.json"], AttentionMaskFile.Print(AttentionMasks.Window(3, 8, 1, 1)));
        CommandRun run = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--masks", folder["masks.json"])
            .FailsWith(ExitCode.Unsupported, Codes.GraphInvalid);
        Assert.Contains("3 layers of 8 heads; the model has 4 layers of 8", run.Error, StringComparison.Ordinal);
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--masks", folder["none.json"])
            .FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        File.WriteAllText(folder["masks.json"], "{}");
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--masks", folder["masks.json"])
            .FailsWith(ExitCode.Unsupported, Codes.ConfigInvalid);
    }

    [Fact]
    public void Records_that_fill_no_window_cannot_be_joined()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--search-limit", "0").Succeeds();
        File.WriteAllText(folder["text.jsonl"], """{"ids": [1, 2, 3]}""");
        CommandRun run = CommandRun.Of("eval", folder["a.flight"], "--text", folder["text.jsonl"], "--join").FailsWith(ExitCode.Unsupported, Codes.TextInvalid);
        Assert.Contains("all records together have 3 tokens", run.Error, StringComparison.Ordinal);
    }

    private static string WithWish(WorkFolder folder, string wish) =>
        folder.Write("mine.yaml", Recipe.Replace("WISH", wish, StringComparison.Ordinal));

    private static string Calibration(WorkFolder folder)
    {
        string[] lines = [.. Enumerable.Range(0, 40).Select(i => "{\"ids\": [1, " + string.Join(", ", Enumerable.Range(0, 24).Select(j => 3 + (((i * 31) + (j * j * 7)) % 900))) + "]}")];
        return folder.Write("text.jsonl", string.Join('\n', lines));
    }

    private static IEnumerable<string> SectionsOf(string image)
    {
        using Container.Image opened = Container.Image.Open(image);
        return [.. opened.Manifest.Sections.Select(s => $"{s.Name} {s.Sha256}")];
    }
}
