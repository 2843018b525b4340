using System.Text.Json;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Reading;

namespace Flightc.Tests;

public sealed class ExportCommandTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_sample_is_exported_with_its_weights_in_a_file_beside_it()
    {
        JsonElement written = Export("a.onnx", "--json").Succeeds().Json;

        Assert.Equal(["a.onnx", "a.onnx.data"], _folder.Files);
        Assert.Equal(new FileInfo(_folder["a.onnx.data"]).Length, written.GetProperty("data_bytes").GetInt64());
        Assert.Equal(JsonValueKind.Null, written.GetProperty("recipe").ValueKind);
        Assert.Equal("input_ids", written.GetProperty("inputs")[0].GetProperty("name").GetString());
        using OnnxModel model = OnnxReader.Read(_folder["a.onnx"]);
        Assert.Equal(17, model.Opsets[""]);
        Assert.Equal(written.GetProperty("node_count").GetInt32(), model.Graph.Nodes.Count);
    }

    [Fact]
    public void Weights_that_belong_to_no_model_there_are_not_replaced()
    {
        File.WriteAllText(_folder["a.onnx.data"], "of another");
        Export("a.onnx").FailsWith(ExitCode.Usage, Codes.Usage);
        Assert.Equal("of another", File.ReadAllText(_folder["a.onnx.data"]));
        Assert.Equal(["a.onnx.data"], _folder.Files);
    }

    [Fact]
    public void A_recipe_gives_codes_and_says_so()
    {
        CommandRun run = Export("a.onnx", "-r", "w8", "--max-length", "64").Succeeds();

        Assert.Contains("those of the recipe w8", run.Output, StringComparison.Ordinal);
        using OnnxModel model = OnnxReader.Read(_folder["a.onnx"]);
        Assert.Equal(OnnxElementType.Int8, model.Graph.Initializers["layers.0.attn.q.weight/codes"].ElementType);
        Assert.Equal([64L, 16], model.Graph.Initializers.Values.First(t => t.Name.EndsWith("cos_table", StringComparison.Ordinal)).Shape);
    }

    [Fact]
    public void Bytes_do_not_depend_on_threads_or_folder()
    {
        Directory.CreateDirectory(_folder["other"]);
        Export("a.onnx", "-r", "w4", "-j", "1").Succeeds();
        Export("other/a.onnx", "-r", "w4", "-j", "3").Succeeds();

        Assert.Equal(File.ReadAllBytes(_folder["a.onnx"]), File.ReadAllBytes(_folder["other/a.onnx"]));
        Assert.Equal(File.ReadAllBytes(_folder["a.onnx.data"]), File.ReadAllBytes(_folder["other/a.onnx.data"]));
    }

    [Fact]
    public void Calibration_chooses_the_codes()
    {
        Export("rounded.onnx", "-r", "w4").Succeeds();
        Export("chosen.onnx", "-r", "w4", "--calibration", _folder.Write("text.jsonl", """{"ids": [1, 5, 9, 2, 70, 300, 4, 8]}""")).Succeeds();

        Assert.NotEqual(File.ReadAllBytes(_folder["rounded.onnx.data"]), File.ReadAllBytes(_folder["chosen.onnx.data"]));
    }

    [Theory]
    [InlineData(ExitCode.Usage, Codes.Usage, "--opset", "5")]
    [InlineData(ExitCode.Usage, Codes.Usage, "--calibration", "text.txt")]
    [InlineData(ExitCode.Usage, Codes.SettingsNotFound, "-r", "w9")]
    [InlineData(ExitCode.Unsupported, Codes.LengthUnsupported, "--max-length", "513")]
    public void Wishes_that_cannot_be_met_leave_no_file(ExitCode exit, string code, params string[] wishes)
    {
        Export("a.onnx", wishes).FailsWith(exit, code);

        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_recipe_with_attention_masks_is_refused()
    {
        string recipe = _folder.Write("masked.yaml", """
            name: masked
            description: test
            weights: {bits: 8, group: 64}
            embedding: {bits: 8, group: 64}
            head: {bits: 8, group: 64}
            method: round_to_nearest
            activations: int8
            kv_cache: int8
            attention: {mask: window, sink: 1, window: 2}
            """);

        CommandRun run = Export("a.onnx", "-r", recipe);

        Assert.True(run.Code == ExitCode.Unsupported, run.Error);
        Assert.Contains(Codes.FeatureUnsupported, run.Error, StringComparison.Ordinal);
        Assert.Equal(["masked.yaml"], _folder.Files);
    }

    [Fact]
    public void A_model_without_weights_is_refused() =>
        CommandRun.Of("export", Path.Combine(TestData.Repository, "samples", "shapes", "llama2-7b.json"), "-o", _folder["a.onnx"])
            .FailsWith(ExitCode.Usage, Codes.FileNotReadable);

    [Fact]
    public void An_interrupted_export_leaves_nothing()
    {
        using Interruption interruption = new();
        interruption.Cancel();

        CommandRun run = CommandRun.Of(interruption, TerminalCapabilities.None, "export", TestData.Stories, "-o", _folder["a.onnx"]);

        Assert.Equal(ExitCode.Interrupted, run.Code);
        Assert.Empty(_folder.Files);
    }

    private CommandRun Export(string file, params string[] wishes) => CommandRun.Of(["export", TestData.Stories, "-o", _folder[file], .. wishes]);
}
