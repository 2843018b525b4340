using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>ONNX files in the place of a model, on the command line.</summary>
public sealed class OnnxModelTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public OnnxModelTests() => CommandRun.Of("export", TestData.Stories, "-o", _folder["model.onnx"]).Succeeds();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_export_of_the_sample_is_checked_as_file_and_as_folder()
    {
        JsonElement file = CommandRun.Of("check", _folder["model.onnx"], "--json").Succeeds().Json;
        JsonElement folder = CommandRun.Of("check", _folder.Root, "--json").Succeeds().Json;

        Assert.Equal("onnx", file.GetProperty("family").GetString());
        Assert.Equal(512, file.GetProperty("context_length").GetInt32());
        Assert.True(file.GetProperty("is_tied").GetBoolean());
        Assert.Equal(file.GetProperty("weight_count").GetInt64(), folder.GetProperty("weight_count").GetInt64());
    }

    [Fact]
    public void The_graph_of_an_export_is_that_of_the_sample()
    {
        string[] texts = [.. new[] { TestData.Stories, _folder["model.onnx"] }.Select((model, i) =>
        {
            CommandRun.Of("compile", model, "-t", "u280", "--until", "canonicalize", "--dump-dir", _folder[$"dump{i}"]).Succeeds();
            return string.Join('\n', File.ReadLines(Directory.GetFiles(_folder[$"dump{i}"]).Order(StringComparer.Ordinal).First()).Skip(1).Select(line => line.Split("  ; from")[0]));
        })];

        Assert.Contains("sha256:", texts[0], StringComparison.Ordinal);
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public void A_folder_of_several_files_is_refused_until_one_is_named()
    {
        File.Move(_folder["model.onnx"], _folder["a.onnx"]);
        File.WriteAllBytes(_folder["b.onnx"], []);

        CommandRun run = CommandRun.Of("check", _folder.Root).FailsWith(ExitCode.Usage, Codes.FileNotReadable);

        Assert.Contains("a.onnx", run.Error, StringComparison.Ordinal);
    }
}
