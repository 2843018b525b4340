using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>Kept results: the same image again, without the work.</summary>
public sealed class CacheCommandTests(CalibratedStories stories) : IClassFixture<CalibratedStories>
{
    // Calibrated, so that notes and statistics are among what is kept; every weight has its own line.
    private const string Recipe =
        """
        name: mine
        description: a recipe of a test
        weights: {bits: 4, group: 64}
        embedding: {bits: 8, group: 64}
        head: {bits: 8, group: 64}
        overrides:
          - {match: "layers.1.mlp.down.weight", bits: 5, group: 64}
        method: gptq
        activations: int8
        kv_cache: int8
        """;

    [Fact]
    public void A_second_compile_makes_nothing_and_the_same_bytes_and_says_the_same()
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("mine.yaml", Recipe);
        CommandRun plain = Compile(folder, recipe, "plain.flight", cache: false);
        CommandRun first = Compile(folder, recipe, "first.flight");
        CommandRun second = Compile(folder, recipe, "second.flight");

        Assert.Equal((0, 29, 0), (Hits(first), Misses(first, "tensor"), Misses(second)));
        Assert.Equal((29, 1, 1), (Hits(second, "tensor"), Hits(second, "mapping"), Hits(second, "proof")));
        Assert.Equal(File.ReadAllBytes(folder["plain.flight"]), File.ReadAllBytes(folder["first.flight"]));
        Assert.Equal(File.ReadAllBytes(folder["first.flight"]), File.ReadAllBytes(folder["second.flight"]));
        Assert.Equal(plain.Json.GetProperty("diagnostics").GetRawText(), second.Json.GetProperty("diagnostics").GetRawText());
        Assert.Equal(JsonValueKind.Null, plain.Json.GetProperty("cache").ValueKind);
    }

    [Fact]
    public void A_recipe_with_one_other_line_redoes_the_weights_of_that_line_only()
    {
        using WorkFolder folder = new();
        Compile(folder, folder.Write("mine.yaml", Recipe), "first.flight");
        string changed = folder.Write("other.yaml", Recipe.Replace("name: mine", "name: other", StringComparison.Ordinal).Replace("bits: 5", "bits: 6", StringComparison.Ordinal));
        CommandRun second = Compile(folder, changed, "second.flight");
        Assert.Equal((28, 1), (Hits(second, "tensor"), Misses(second, "tensor")));
        Compile(folder, changed, "plain.flight", cache: false);
        Assert.Equal(File.ReadAllBytes(folder["plain.flight"]), File.ReadAllBytes(folder["second.flight"]));
    }

    [Fact]
    public void A_model_with_one_other_weight_redoes_that_weight_only()
    {
        using WorkFolder folder = new();
        string model = new RandomCheckpoint(64, 128, 3, 2, 2, 32, 128, 64).Write(seed: 5);
        string other = new RandomCheckpoint(64, 128, 3, 2, 2, 32, 128, 64) { ScaleOf = name => name.Contains("layers.1.mlp.up", StringComparison.Ordinal) ? 1.25f : 1 }.Write(seed: 5);
        try
        {
            CommandRun first = Run(folder, model);
            CommandRun second = Run(folder, other);
            Assert.Equal(0, Hits(first, "tensor"));
            Assert.Equal(1, Misses(second, "tensor"));
            Assert.Equal(Misses(first, "tensor") - 1, Hits(second, "tensor"));
        }
        finally
        {
            Directory.Delete(model, recursive: true);
            Directory.Delete(other, recursive: true);
        }

        static CommandRun Run(WorkFolder folder, string model) => CommandRun.Of(
            "compile", model, "-t", "tiny", "-r", "w8", "-o", folder["a.flight"], "--cache", folder["kept"], "--json").Succeeds();
    }

    [Fact]
    public void An_entry_that_was_damaged_is_made_anew_with_a_warning_and_the_same_bytes()
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("mine.yaml", Recipe);
        Compile(folder, recipe, "first.flight");
        string[] entries = Entries(folder);
        foreach (string entry in entries)
        {
            byte[] bytes = File.ReadAllBytes(entry);
            bytes[^1] ^= 1;
            File.WriteAllBytes(entry, bytes);
        }

        CommandRun verified = CommandRun.Of("cache", folder["kept"], "--verify", "--json");
        Assert.Equal((ExitCode.Difference, entries.Length), (verified.Code, verified.Json.GetProperty("damaged").GetInt32()));

        CommandRun second = Compile(folder, recipe, "second.flight");
        Assert.Equal(0, Hits(second));
        Assert.Contains($"warning {Codes.CacheDamaged}: ", second.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(folder["first.flight"]), File.ReadAllBytes(folder["second.flight"]));
        Assert.Equal(0, Misses(Compile(folder, recipe, "third.flight")));
        CommandRun.Of("cache", folder["kept"], "--verify").Succeeds();
    }

    [Fact]
    public void A_compile_that_was_killed_goes_on_behind_what_it_had_made()
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("mine.yaml", Recipe);
        ProcessStartInfo start = new(
            Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "flightc.exe" : "flightc"),
            [.. Arguments(folder, recipe, "killed.flight"), "--cache", folder["kept"], "-j", "1"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        while (!process.HasExited && Tensors(folder) < 5)
        {
            Thread.Sleep(1);
        }

        process.Kill();
        process.WaitForExit();
        int made = Tensors(folder);
        Assert.False(File.Exists(folder["killed.flight"]));

        CommandRun resumed = Compile(folder, recipe, "killed.flight");
        Compile(folder, recipe, "plain.flight", cache: false);
        Assert.Equal((made, 29 - made), (Hits(resumed, "tensor"), Misses(resumed, "tensor")));
        Assert.InRange(made, 5, 28);
        Assert.Equal(File.ReadAllBytes(folder["plain.flight"]), File.ReadAllBytes(folder["killed.flight"]));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder["kept"], "*.partial", SearchOption.AllDirectories), _ => true);
    }

    [Fact]
    public void A_text_is_not_calibrated_with_again_where_all_codes_are_kept()
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("mine.yaml", Recipe);
        string text = folder.Write("text.jsonl", "{\"ids\": [1, 300, 12, 7, 9, 40, 41, 42, 43, 44]}\n");
        string[] arguments = ["compile", TestData.Stories, "-t", "tiny", "-r", recipe, "--calibration", text, "--cache", folder["kept"], "--json", "-v", "-o"];
        CommandRun first = CommandRun.Of([.. arguments, folder["first.flight"]]).Succeeds();
        CommandRun second = CommandRun.Of([.. arguments, folder["second.flight"]]).Succeeds();
        Assert.Equal((1, 0), (Misses(first, "statistics"), Misses(second)));
        Assert.Equal(File.ReadAllBytes(folder["first.flight"]), File.ReadAllBytes(folder["second.flight"]));

        // One weight is missing: it is calibrated again, and the same comes out.
        string entry = Entries(folder).First(e => File.ReadAllText(e).Contains("kind: tensor", StringComparison.Ordinal));
        File.Delete(entry);
        CommandRun third = CommandRun.Of([.. arguments, folder["third.flight"]]).Succeeds();
        Assert.Equal(1, Misses(third));
        Assert.Equal(File.ReadAllBytes(folder["first.flight"]), File.ReadAllBytes(folder["third.flight"]));
    }

    [Fact]
    public void Statistics_of_another_text_are_another_key()
    {
        using WorkFolder folder = new();
        string recipe = folder.Write("mine.yaml", Recipe);
        Compile(folder, recipe, "first.flight");
        string other = folder["other.stats"];
        CommandRun.Of("calibrate", TestData.Stories, "--text", Path.Combine(TestData.Stories, "texts.jsonl"), "-o", other, "--samples", "2", "--length", "32").Succeeds();
        CommandRun second = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-r", recipe, "--calibration", other, "-o", folder["second.flight"], "--cache", folder["kept"], "--json").Succeeds();
        Assert.Equal((0, 29), (Hits(second, "tensor"), Misses(second, "tensor")));
    }

    [Fact]
    public void Weights_that_were_rotated_are_other_weights()
    {
        using WorkFolder folder = new();
        string plain = folder.Write("mine.yaml", Recipe.Replace("gptq", "round_to_nearest", StringComparison.Ordinal));
        string rotated = folder.Write("rotated.yaml", Recipe.Replace("gptq", "round_to_nearest\nrotation: values", StringComparison.Ordinal).Replace("name: mine", "name: rotated", StringComparison.Ordinal));
        Compile(folder, plain, "a.flight");
        CommandRun first = Compile(folder, rotated, "b.flight");
        CommandRun second = Compile(folder, rotated, "c.flight");
        Compile(folder, rotated, "plain.flight", cache: false);
        Assert.InRange(Misses(first, "tensor"), 1, 28);
        Assert.Equal(0, Misses(second, "tensor"));
        Assert.Equal(File.ReadAllBytes(folder["plain.flight"]), File.ReadAllBytes(folder["b.flight"]));
        Assert.Equal(File.ReadAllBytes(folder["plain.flight"]), File.ReadAllBytes(folder["c.flight"]));
    }

    [Fact]
    public void A_folder_is_listed_and_pruned_and_keeps_what_is_not_an_entry()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["a.flight"], "--cache", folder["kept"]).Succeeds();
        File.WriteAllText(Path.Combine(folder["kept"], "notes.txt"), "mine");
        JsonElement listed = CommandRun.Of("cache", folder["kept"], "--json").Succeeds().Json;
        Assert.Equal(["mapping", "proof", "tensor"], listed.GetProperty("kinds").EnumerateArray().Select(k => k.GetProperty("kind").GetString()));
        CommandRun.Of("cache", folder["kept"], "--prune", "1MiB").Succeeds();
        Assert.InRange(Entries(folder).Sum(e => new FileInfo(e).Length), 1, 1 << 20);
        CommandRun.Of("cache", folder["kept"], "--prune", "all").Succeeds();
        Assert.Equal("notes.txt", Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries(folder["kept"]))));
    }

    [Fact]
    public void A_folder_that_is_too_small_is_a_warning_and_the_image_is_made()
    {
        using WorkFolder folder = new();
        CommandRun run = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["a.flight"], "--cache", folder["kept"], "--cache-size", "200KiB").Succeeds();
        Assert.Contains($"warning {Codes.CacheUnusable}: ", run.Error, StringComparison.Ordinal);
        Assert.InRange(Entries(folder).Sum(e => new FileInfo(e).Length), 1, 200 << 10);
        Assert.True(File.Exists(folder["a.flight"]));
    }

    [Fact]
    public void Wrong_use_is_told()
    {
        using WorkFolder folder = new();
        string file = folder.Write("file", "no folder");
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "--cache", file).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "--cache-size", "1GiB").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("cache", folder["nowhere"]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        CommandRun.Of("cache", folder.Root, "--prune", "much").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("cache", folder.Root, "--prune", "all", "--verify").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    private CommandRun Compile(WorkFolder folder, string recipe, string image, bool cache = true) =>
        CommandRun.Of([.. Arguments(folder, recipe, image), .. cache ? ["--cache", folder["kept"]] : Array.Empty<string>(), "--json"]).Succeeds();

    private string[] Arguments(WorkFolder folder, string recipe, string image) =>
        ["compile", TestData.Stories, "-t", "tiny", "-r", recipe, "--calibration", stories.Statistics, "-o", folder[image]];

    private static int Tensors(WorkFolder folder) =>
        Directory.Exists(folder["kept"]) ? Entries(folder).Count(e => new FileInfo(e).Length > 4096) : 0;

    private static string[] Entries(WorkFolder folder) => [.. Directory.EnumerateFiles(folder["kept"], "*.flcache", SearchOption.AllDirectories)];

    private static int Hits(CommandRun run, string? kind = null) => Sum(run, kind, "hits");

    private static int Misses(CommandRun run, string? kind = null) => Sum(run, kind, "misses");

    private static int Sum(CommandRun run, string? kind, string what) => run.Json.GetProperty("cache").GetProperty("kinds").EnumerateArray()
        .Where(k => kind is null || k.GetProperty("kind").GetString() == kind).Sum(k => int.Parse(k.GetProperty(what).GetRawText(), CultureInfo.InvariantCulture));
}
