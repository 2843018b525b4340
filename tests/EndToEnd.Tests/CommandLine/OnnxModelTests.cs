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

    [Fact]
    public void What_a_file_stores_is_told_by_element_type()
    {
        JsonElement types = CommandRun.Of("check", _folder["model.onnx"], "--json").Succeeds().Json.GetProperty("tensor_types");

        JsonElement weights = Assert.Single(types.EnumerateArray(), t => t.GetProperty("type").GetString() == "bfloat16");
        Assert.Equal(2_623_744, weights.GetProperty("elements").GetInt64());
        Assert.Equal(2 * 2_623_744, weights.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void The_caches_of_a_simulated_recipe_are_refused_in_one_sentence()
    {
        CommandRun.Of("export", TestData.Stories, "-o", _folder["w8.onnx"], "-r", "w8").Succeeds();

        CommandRun run = CommandRun.Of("check", _folder["w8.onnx"]).FailsWith(ExitCode.Unsupported, Codes.OnnxModelUnsupported);

        Assert.Single(run.Error.Split('\n'), line => line.Contains("'past_key_values.0.key', 'past_key_values.0.value', ", StringComparison.Ordinal));
        Assert.Single(run.Error.Split('\n'), line => line.Contains("export --recipe", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_for_a_model_without_a_tokenizer_is_refused_before_it_is_compiled()
    {
        CommandRun run = CommandRun.Of("run", _folder["model.onnx"], "-p", "once", "-t", "tiny").FailsWith(ExitCode.Unsupported, Codes.TokenizerInvalid);

        Assert.Contains(_folder["model.onnx"], run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("compiled in", run.Error, StringComparison.Ordinal);
    }
}
