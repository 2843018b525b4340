using System.Text.Json;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests;

public sealed class CompileCommandTests
{
    [Fact]
    public void An_image_is_the_same_bytes_whatever_the_threads_and_the_place()
    {
        using WorkFolder folder = new();
        string copy = folder.CopyOfStories();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "-j", "1").Succeeds();
        CommandRun.Of("compile", copy, "-t", "tiny", "-o", folder["b.flight"], "-j", "2").Succeeds();
        Assert.Equal(File.ReadAllBytes(folder["a.flight"]), File.ReadAllBytes(folder["b.flight"]));
    }

    [Fact]
    public void What_is_no_file_is_not_replaced_by_an_image()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using WorkFolder folder = new();
        string pipe = folder["pipe.flight"];
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", pipe).FailsWith(ExitCode.Environment, Codes.CannotWrite);
        using FileStream still = new(pipe, FileMode.Open, FileAccess.ReadWrite);
        Assert.False(still.CanSeek);
    }

    [Fact]
    public void More_threads_than_a_machine_can_have_are_not_made()
    {
        CommandRun.Of("run", TestData.Stories, "-t", "tiny", "-n", "1", "-j", "1000000").Succeeds();
    }

    [Fact]
    public void The_report_is_a_screen_or_a_document_or_nothing()
    {
        using WorkFolder folder = new();
        CommandRun text = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["a.flight"]).Succeeds();
        Assert.Contains("8g64", text.Output, StringComparison.Ordinal);
        Assert.Contains("compiled in", text.Error, StringComparison.Ordinal);

        CommandRun json = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w8", "-o", folder["a.flight"], "--json", "-q").Succeeds();
        JsonElement document = json.Json;
        Assert.Empty(json.Error);
        Assert.Equal(new FileInfo(folder["a.flight"]).Length, document.GetProperty("image_bytes").GetInt64());
        Assert.Equal("tiny", document.GetProperty("target").GetString());
        Assert.Equal("w8", document.GetProperty("recipe").GetString());
        Assert.Equal(512, document.GetProperty("context_length").GetInt32());
        Assert.InRange(document.GetProperty("bits_per_weight").GetDouble(), 8, 9);
        Assert.InRange(document.GetProperty("banks").GetProperty("imbalance").GetDouble(), 0, 0.1);
        long counted = document.GetProperty("precisions").EnumerateArray().Sum(p => p.GetProperty("weights").GetInt64());
        Assert.Equal(document.GetProperty("weight_count").GetInt64(), counted);

        CommandRun verbose = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "-v").Succeeds();
        Assert.All((string[])["fuse-gate", "tile", "emit", "pack"], stage => Assert.Contains($"{stage}: ", verbose.Error, StringComparison.Ordinal));

        CommandRun quiet = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "-q").Succeeds();
        Assert.Empty(quiet.Output);
        Assert.Empty(quiet.Error);
    }

    [Theory]
    [InlineData("w8")]
    [InlineData("w3.5")]
    [InlineData("w3.5-8of16")]
    public void Bytes_by_precision_are_those_of_the_streams(string recipe)
    {
        using WorkFolder folder = new();
        JsonElement document = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", recipe, "-o", folder["a.flight"], "--json").Succeeds().Json;
        long tiles = document.GetProperty("precisions").EnumerateArray().Where(p => p.GetProperty("format").GetString() != "f32").Sum(p => p.GetProperty("bytes").GetInt64());

        // Five channels: end tiles and padding to pages come on top.
        double streams = 5 * document.GetProperty("banks").GetProperty("mean_bytes").GetDouble();
        Assert.InRange(streams - tiles, 0, 5 * 2048);
    }

    [Fact]
    public void A_pruned_image_is_verified_inspected_and_runs_and_takes_the_bytes_that_were_estimated()
    {
        using WorkFolder folder = new();
        JsonElement compiled = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-r", "w4-8of16", "-o", folder["a.flight"], "--json").Succeeds().Json;
        CommandRun.Of("verify", folder["a.flight"]).Succeeds();
        CommandRun.Of("run", folder["a.flight"], "-p", "once", "-n", "2").Succeeds();
        JsonElement inspected = CommandRun.Of("inspect", folder["a.flight"], "--json").Succeeds().Json;
        JsonElement estimated = CommandRun.Of("estimate", Path.Combine(TestData.Stories, "config.json"), "-t", "tiny", "-r", "w4-8of16", "--json").Succeeds().Json;

        Assert.Equal(["4g128 8:16", "8g64", "f32"], inspected.GetProperty("precisions").EnumerateArray().Select(p => p.GetProperty("format").GetString()));
        Assert.Equal("4g128 8:16", inspected.GetProperty("manifest").GetProperty("recipe").GetProperty("weights").GetString());
        Assert.Equal(compiled.GetProperty("weight_bytes").GetInt64(), estimated.GetProperty("weight_bytes").GetInt64());
        Assert.Equal(inspected.GetProperty("bits_per_weight").GetDouble(), estimated.GetProperty("bits_per_weight").GetDouble());
    }

    [Theory]
    [InlineData("w3.5", 3.4, 3.5)]
    [InlineData("w4-8of16", 3.2, 3.3)]
    [InlineData("w3.5-8of16", 2.9, 3)]
    public void A_recipe_takes_so_many_bits_of_every_weight_of_LLaMA2_7B_all_in(string recipe, double least, double most)
    {
        string config = Path.Combine(TestData.Repository, "samples", "shapes", "llama2-7b.json");
        JsonElement estimated = CommandRun.Of("estimate", config, "-t", "u280", "-r", recipe, "--json").Succeeds().Json;
        Assert.InRange(estimated.GetProperty("bits_per_weight").GetDouble(), least, most);
    }

    [Fact]
    public void Dumps_are_numbered_and_stop_where_asked()
    {
        using WorkFolder folder = new();
        CommandRun run = CommandRun.Of(
            "compile", TestData.Stories, "-t", "tiny", "--dump-dir", folder["dumps"], "--until", "fuse-gate", "-o", folder["none.flight"], "--json").Succeeds();
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("image").ValueKind);
        Assert.Equal(["dumps"], folder.Files);
        string[] dumps = [.. Directory.EnumerateFiles(folder["dumps"]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["00-import.graph", "01-canonicalize.graph", "02-fuse-gate.graph"], dumps);
        string text = File.ReadAllText(Path.Combine(folder["dumps"], dumps[2]));
        Assert.Equal(text, GraphText.Print(GraphText.Parse(text, dumps[2])));
    }

    [Fact]
    public void An_unknown_pass_is_met_with_all_names()
    {
        CommandRun run = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "--until", "magic").FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Contains("canonicalize", run.Error, StringComparison.Ordinal);
        Assert.Contains("emit", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_where_nothing_can_be_written_is_refused()
    {
        using WorkFolder folder = new();
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["missing/a.flight"]).FailsWith(ExitCode.Environment, Codes.CannotWrite);
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder.Root).FailsWith(ExitCode.Environment, Codes.CannotWrite);
        File.WriteAllText(folder["file"], "x");
        CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "--until", "emit", "--dump-dir", folder["file"]).FailsWith(ExitCode.Environment, Codes.CannotWrite);
        Assert.Equal(["file"], folder.Files);
    }

    [Fact]
    public void A_model_is_not_overwritten_and_an_image_is_no_model()
    {
        using WorkFolder folder = new();
        string model = folder.CopyOfStories();
        string weights = Path.Combine(model, "model.safetensors");
        byte[] before = File.ReadAllBytes(weights);
        CommandRun.Of("compile", model, "-t", "tiny", "-o", weights).FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Equal(before, File.ReadAllBytes(weights));
        CommandRun.Of("compile", model, "-t", "tiny", "-o", folder["a.flight"]).Succeeds();
        CommandRun.Of("compile", folder["a.flight"], "-t", "tiny").FailsWith(ExitCode.Usage, Codes.Usage);
    }

    [Fact]
    public void A_weight_that_is_no_number_leaves_nothing_behind_and_what_was_there()
    {
        using WorkFolder folder = new();
        string model = folder.CopyOfStories();
        using (FileStream weights = File.Open(Path.Combine(model, "model.safetensors"), FileMode.Open))
        {
            // The last element, of two bytes: a NaN of bfloat16.
            weights.Position = weights.Length - 2;
            weights.Write([0xC0, 0x7F]);
        }

        File.WriteAllText(folder["a.flight"], "what was there");
        CommandRun.Of("compile", model, "-t", "tiny", "-o", folder["a.flight"]).FailsWith(ExitCode.Unsupported, Codes.WeightNotFinite);
        Assert.Equal(["a.flight", "model"], folder.Files);
        Assert.Equal("what was there", File.ReadAllText(folder["a.flight"]));
        CommandRun check = CommandRun.Of("check", model, "--weights", "--json").FailsWith(ExitCode.Unsupported, Codes.WeightNotFinite);
        CommandRun.Of("check", model).Succeeds();
        Assert.False(check.Json.GetProperty("is_supported").GetBoolean());
    }

    [Fact]
    public void An_interrupted_compile_leaves_nothing_behind()
    {
        ExitCode code = ExitCode.Success;
        for (int attempt = 0; attempt < 5 && code != ExitCode.Interrupted; attempt++)
        {
            using WorkFolder folder = new();
            using Interruption interruption = new();
            using FileSystemWatcher watcher = new(folder.Root);
            watcher.Created += (_, _) => interruption.Cancel();
            watcher.EnableRaisingEvents = true;
            code = CommandRun.Of(interruption, TerminalCapabilities.None, "compile", TestData.Stories, "-t", "u280", "-o", folder["a.flight"], "-j", "1").Code;
            Assert.Equal(code == ExitCode.Interrupted ? [] : ["a.flight"], folder.Files);
        }

        Assert.Equal(ExitCode.Interrupted, code);
    }

    [Fact]
    public void A_model_without_tokenizer_compiles_with_a_warning()
    {
        using WorkFolder folder = new();
        string model = folder.CopyOfStories("tokenizer.json", "generation_config.json");
        CommandRun run = CommandRun.Of("compile", model, "-t", "tiny", "-o", folder["a.flight"], "--json").Succeeds();
        Assert.Contains($"warning {Codes.TokenizerInvalid}", run.Error, StringComparison.Ordinal);
        Assert.Equal("warning", run.Json.GetProperty("diagnostics")[0].GetProperty("severity").GetString());
        CommandRun.Of("run", folder["a.flight"], "-p", "once").FailsWith(ExitCode.Unsupported, Codes.TokenizerInvalid);

        // Ids go in and come out; the token that begins a text is in config.json too.
        CommandRun ids = CommandRun.Of("run", folder["a.flight"], "-n", "4", "--json").Succeeds();
        Assert.Equal(1, ids.Json.GetProperty("prompt_ids")[0].GetInt32());
        Assert.Equal(4, ids.Json.GetProperty("ids").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, ids.Json.GetProperty("text").ValueKind);
    }

    [Fact]
    public void A_length_beyond_the_models_positions_is_a_warning()
    {
        CommandRun run = CommandRun.Of("estimate", TestData.Stories, "-t", "u280", "--max-length", "1000", "--json").Succeeds();
        Assert.Contains($"warning {Codes.LengthUnsupported}", run.Error, StringComparison.Ordinal);
        Assert.Equal(1000, run.Json.GetProperty("context_length").GetInt32());
    }

    [Fact]
    public void A_length_beyond_learned_positions_is_refused()
    {
        using WorkFolder folder = new();
        FamilyCheckpoints.Gpt2().Write(folder.Root, 1);

        foreach (string[] command in (string[][])[["check"], ["estimate", "-t", "tiny"]])
        {
            CommandRun run = CommandRun.Of([.. command, folder.Root, "--max-length", "97"]).FailsWith(ExitCode.Unsupported, Codes.LengthUnsupported);
            Assert.Contains("has learned 96 positions and knows no others", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Estimate_needs_no_weights_and_agrees_with_the_image()
    {
        using WorkFolder folder = new();
        JsonElement estimate = CommandRun.Of("estimate", Path.Combine(TestData.Stories, "config.json"), "-t", "tiny", "--json").Succeeds().Json;
        JsonElement image = CommandRun.Of("compile", TestData.Stories, "-t", "tiny", "-o", folder["a.flight"], "--json").Succeeds().Json;
        foreach (string key in (string[])["bits_per_weight", "weight_bytes", "weight_count", "program_bytes"])
        {
            Assert.Equal(image.GetProperty(key).GetDouble(), estimate.GetProperty(key).GetDouble());
        }

        Assert.Equal(image.GetProperty("entries").GetRawText().Replace(" ", "", StringComparison.Ordinal), estimate.GetProperty("entries").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.True(estimate.GetProperty("fits").GetBoolean());
    }

    [Fact]
    public void What_does_not_fit_is_a_warning_to_estimate_and_an_error_to_compile()
    {
        using WorkFolder folder = new();
        string model = folder.CopyOfStories();
        string target = File.ReadAllText(Path.Combine(TestData.Repository, "configs", "targets", "tiny.yaml")).Replace("channel_mib: 16", "channel_mib: 1", StringComparison.Ordinal)
            .Replace("name: tiny", "name: small", StringComparison.Ordinal);
        File.WriteAllText(folder["small.yaml"], target);
        string config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"max_position_embeddings\": 512", "\"max_position_embeddings\": 8192", StringComparison.Ordinal));
        CommandRun estimate = CommandRun.Of("estimate", model, "-t", folder["small.yaml"], "--json").Succeeds();
        Assert.False(estimate.Json.GetProperty("fits").GetBoolean());
        Assert.Contains($"warning {Codes.DoesNotFit}", estimate.Error, StringComparison.Ordinal);
        CommandRun.Of("compile", model, "-t", folder["small.yaml"], "-o", folder["a.flight"]).FailsWith(ExitCode.Unsupported, Codes.DoesNotFit);
        Assert.Equal(["model", "small.yaml"], folder.Files);
    }
}
