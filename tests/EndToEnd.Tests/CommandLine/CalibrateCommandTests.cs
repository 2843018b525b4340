using System.Text.Json;
using Flightc.Checkpoints;
using Flightc.Cli.Calibrating;
using Flightc.Cli.Commands;
using Flightc.Cli.Terminal;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Tests;

public sealed class CalibrateCommandTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    private static string Text => Path.Combine(TestData.Stories, "texts.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_sample_can_be_calibrated_and_what_was_found_be_shown()
    {
        JsonElement written = Calibrate("a.stats", "--samples", "3", "--length", "24", "--seed", "5", "--json").Succeeds().Json;
        Assert.Equal(72, written.GetProperty("tokens").GetInt64());
        Assert.Equal(new FileInfo(_folder["a.stats"]).Length, written.GetProperty("bytes").GetInt64());
        JsonElement part = Assert.Single(written.GetProperty("parts").EnumerateArray());
        Assert.Equal((3, 24, 5, 1), (part.GetProperty("windows").GetInt32(), part.GetProperty("length").GetInt32(), part.GetProperty("seed").GetInt32(), part.GetProperty("draws").GetInt32()));
        Assert.Equal(["a.stats"], _folder.Files);

        JsonElement[] matrices = [.. CommandRun.Of("calibrate", "--show", _folder["a.stats"], "--json").Succeeds().Json.GetProperty("matrices").EnumerateArray()];
        Assert.Equal(29, matrices.Length);
        Assert.Equal("embed.weight", matrices[0].GetProperty("role").GetString());
        Assert.InRange(matrices[0].GetProperty("lookup_unseen").GetInt32(), 1024 - 72, 1023);
        Assert.All(matrices, m => Assert.InRange(m.GetProperty("input_rank").GetDouble(), 1, m.GetProperty("columns").GetInt32()));
        string shown = CommandRun.Of("calibrate", "--show", _folder["a.stats"]).Succeeds().Output;
        Assert.Contains("layers.3.mlp.down.weight", shown, StringComparison.Ordinal);
        Assert.Contains("3 windows of at most 24, 72 tokens, seed 5", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_text_is_used_with_a_warning()
    {
        CommandRun run = Calibrate("a.stats", "--samples", "2").Succeeds();
        Assert.Contains($"warning {Codes.TextInvalid}: no record fills a window of 512 tokens", run.Error, StringComparison.Ordinal);
        Assert.Contains("2 windows", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_do_not_depend_on_threads_or_folder()
    {
        Calibrate("a.stats", "--samples", "2", "--length", "40", "-j", "1").Succeeds();
        Directory.CreateDirectory(_folder["other"]);
        Calibrate("other/b.stats", "--samples", "2", "--length", "40", "-j", "3").Succeeds();
        Assert.Equal(File.ReadAllBytes(_folder["a.stats"]), File.ReadAllBytes(_folder["other/b.stats"]));
    }

    [Fact]
    public void An_interrupted_calibration_says_how_it_goes_on_and_ends_with_the_same_bytes()
    {
        string[] wishes = ["--length", "100", "--draws", "12"];
        Calibrate("whole.stats", wishes).Succeeds();
        using (Interruption interruption = new())
        {
            // A thread of its own: those of the pool are busy with the calibration that is to be interrupted.
            Thread waiting = new(() =>
            {
                while (!File.Exists(Path.Combine(_folder["a.stats.work"], "values-1")))
                {
                    Thread.Sleep(1);
                }

                interruption.Cancel();
            })
            { IsBackground = true };
            waiting.Start();
            CommandRun run = CommandRun.Of(
                interruption, TerminalCapabilities.None, ["calibrate", TestData.Stories, "--text", Text, "-o", _folder["a.stats"], .. wishes]);
            Assert.Equal(ExitCode.Interrupted, run.Code);
            Assert.Contains("the same command goes on from there", run.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(_folder["a.stats"]));
            Assert.True(waiting.Join(TimeSpan.FromSeconds(10)));
        }

        CommandRun again = Calibrate("a.stats", wishes).Succeeds();
        Assert.Contains("a calibration that was interrupted goes on", again.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(_folder["whole.stats"]), File.ReadAllBytes(_folder["a.stats"]));
        Assert.Equal(["a.stats", "whole.stats"], _folder.Files);
    }

    [Fact]
    public void Statistics_can_be_merged_but_not_into_one_of_them()
    {
        long tokens = Tokens(Calibrate("a.stats", "--samples", "1", "--length", "20", "--json"))
            + Tokens(Calibrate("b.stats", "--samples", "2", "--length", "20", "--seed", "1", "--json"));
        JsonElement merged = CommandRun.Of("calibrate", "--merge", _folder["a.stats"], _folder["b.stats"], "-o", _folder["c.stats"], "--json").Succeeds().Json;
        Assert.Equal((tokens, 2), (merged.GetProperty("tokens").GetInt64(), merged.GetProperty("parts").GetArrayLength()));
        CommandRun.Of("calibrate", "--merge", _folder["a.stats"], _folder["b.stats"], "-o", _folder["b.stats"]).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", "--merge", _folder["a.stats"], _folder["c.stats"], "-o", _folder["d.stats"]).FailsWith(ExitCode.Unsupported, Codes.CalibrationInvalid);
        Assert.Equal(["a.stats", "b.stats", "c.stats"], _folder.Files);

        static long Tokens(CommandRun run) => run.Succeeds().Json.GetProperty("tokens").GetInt64();
    }

    [Fact]
    public void What_does_not_make_sense_is_refused()
    {
        CommandRun.Of("calibrate").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", TestData.Stories).FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", "--merge", "a", "b").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", "--merge", "a", "-o", "b").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", "--show", "a", "--seed", "3").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", TestData.Stories, "--show", "a").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", "--show", _folder["none"]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
        CommandRun.Of("calibrate", "--show", Path.Combine(TestData.Stories, "model.safetensors")).FailsWith(ExitCode.Unsupported, Codes.CalibrationInvalid);
        Calibrate("a.stats", "--length", "1").FailsWith(ExitCode.Usage, Codes.Usage);
        Calibrate("a.stats", "--samples", "0").FailsWith(ExitCode.Usage, Codes.Usage);
        CommandRun.Of("calibrate", TestData.Stories, "--text", Text, "-o", _folder["no/a.stats"]).FailsWith(ExitCode.Environment, Codes.CannotWrite);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void The_text_and_the_model_are_not_overwritten()
    {
        string text = _folder["text.jsonl"];
        File.Copy(Text, text);
        CommandRun.Of("calibrate", TestData.Stories, "--text", text, "-o", text).FailsWith(ExitCode.Usage, Codes.Usage);
        string model = _folder.CopyOfStories();
        CommandRun.Of("calibrate", model, "--text", text, "-o", Path.Combine(model, "model.safetensors")).FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Equal(File.ReadAllBytes(Text), File.ReadAllBytes(text));
    }

    [Theory]
    [InlineData("{\"ids\": [1]}", Codes.TextInvalid, "no record has two tokens")]
    [InlineData("{\"ids\": [1, 5000]}", Codes.TokenOutOfRange, "token 1 of the record has the id 5000")]
    [InlineData("{\"words\": 1}", Codes.TextInvalid, "neither 'text' nor 'ids'")]
    [InlineData("", Codes.TextInvalid, "no records")]
    public void Texts_that_cannot_be_used_are_refused(string line, string code, string message)
    {
        CommandRun run = CommandRun.Of("calibrate", TestData.Stories, "--text", _folder.Write("t.jsonl", line), "-o", _folder["a.stats"]);
        Assert.Contains(message, run.FailsWith(ExitCode.Unsupported, code).Error, StringComparison.Ordinal);
        Assert.Equal(["t.jsonl"], _folder.Files);
    }

    [Fact]
    public void A_model_without_weights_is_refused()
    {
        string config = Path.Combine(_folder.CopyOfStories("model.safetensors"), "config.json");
        CommandRun.Of("calibrate", config, "--text", Text, "-o", _folder["a.stats"]).FailsWith(ExitCode.Usage, Codes.FileNotReadable);
    }

    [Fact]
    public void Ids_need_no_tokenizer_and_text_does()
    {
        string model = _folder.CopyOfStories("tokenizer.json", "tokenizer_config.json");
        CommandRun.Of("calibrate", model, "--text", _folder.Write("t.jsonl", "{\"ids\": [1, 5, 9]}"), "-o", _folder["a.stats"]).Succeeds();
        CommandRun.Of("calibrate", model, "--text", Text, "-o", _folder["b.stats"]).FailsWith(ExitCode.Unsupported, Codes.TextInvalid);
    }

    [Fact]
    public void A_source_is_statistics_of_the_model_or_a_text()
    {
        string text = _folder.Write("t.jsonl", "{\"ids\": [1, 5, 9, 7]}");
        CommandRun.Of("calibrate", TestData.Stories, "--text", text, "-o", _folder["a.stats"]).Succeeds();
        WeightStatistics ready = Find(TestData.Stories, _folder["a.stats"]), found = Find(TestData.Stories, text);
        Assert.Equal(ready.InputMoment, found.InputMoment);
        Assert.Equal(ready.OutputMoment, found.OutputMoment);
    }

    [Fact]
    public void A_source_of_another_model_is_refused()
    {
        CommandRun.Of("calibrate", TestData.Stories, "--text", _folder.Write("t.jsonl", "{\"ids\": [1, 5, 9, 7]}"), "-o", _folder["a.stats"]).Succeeds();
        string other = new RandomCheckpoint(16, 20, 1, 2, 2, 8, 40, 32).Write(3);
        try
        {
            CompilationException e = Assert.Throws<CompilationException>(() => Find(other, _folder["a.stats"]));
            Assert.Equal(Codes.CalibrationInvalid, e.Diagnostics[0].Code);
            e = Assert.Throws<CompilationException>(() => Find(other, Path.Combine(other, "model.safetensors")));
            Assert.Equal(Codes.CalibrationInvalid, e.Diagnostics[0].Code);
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    private static WeightStatistics Find(string modelPath, string calibration)
    {
        using StringWriter words = new();
        using Interruption interruption = new();
        Invocation invocation = new(new Output(words, words, TerminalCapabilities.None), interruption, new Reproducer([]));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(modelPath, new DiagnosticBag());
        using CalibrationSource source = CalibrationSource.Open(
            calibration, modelPath, checkpoint, ModelImporter.Import(checkpoint), -1, new DiagnosticBag(), invocation);
        Assert.Single(source.Parts);
        return source.Statistics.Find("layers.0.attn.o.weight")!;
    }

    private CommandRun Calibrate(string output, params string[] wishes) =>
        CommandRun.Of(["calibrate", TestData.Stories, "--text", Text, "-o", _folder[output], .. wishes]);
}
