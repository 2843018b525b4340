using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Onnx.Reading;

namespace Flightc.Tests;

public sealed class PublishedModelTests
{
    [Theory]
    [InlineData("decoder_nopast_opset14.onnx")]
    [InlineData("decoder_with_past_opset17.onnx")]
    public void Exports_of_a_llama_are_the_graph_of_its_safetensors(string file)
    {
        using OnnxModel model = OnnxReader.Read(TestData.Wider("models", "tinystories-656k-onnx", file));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Wider("models", "tinystories-656k"), new DiagnosticBag());

        ImportedModel raised = RaisedModels.Import(model, hash: true);

        Assert.Equal(RaisedModels.TextOf(ModelImporter.Import(checkpoint).Graph), RaisedModels.TextOf(raised.Graph));
    }

    [Theory]
    [InlineData("decoder_nopast_opset14.onnx")]
    [InlineData("decoder_with_past_opset17.onnx")]
    public void Exports_of_a_llama_say_what_was_recorded(string file)
    {
        NumpyArchive golden = new(TestData.Wider("models", "tinystories-656k-onnx", "golden.npz"));
        using OnnxModel model = OnnxReader.Read(TestData.Wider("models", "tinystories-656k-onnx", file));
        ImportedModel raised = RaisedModels.Import(model);
        int[] ids = golden.Ids("greedy_ids");
        int[] prompt = golden.Ids("prompt_ids");

        Assert.True(TestOracle.Difference(RaisedModels.Logits(raised, prompt), golden.Floats("prefill_logits").Values) <= 1e-4);
        Assert.Equal(ids, RaisedModels.Greedy(raised, prompt, ids.Length));
    }

    [Fact]
    public void An_export_of_gpt2_is_the_graph_of_its_safetensors()
    {
        using OnnxModel model = OnnxReader.Read(TestData.Wider("models", "gpt2-char-shakespeare", "decoder_opset13.onnx"));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Wider("models", "gpt2-char-shakespeare"), new DiagnosticBag());

        ImportedModel raised = RaisedModels.Import(model, hash: true);

        Assert.Equal(RaisedModels.TextOf(ModelImporter.Import(checkpoint).Graph), RaisedModels.TextOf(raised.Graph));
    }

    [Fact]
    public void An_export_of_gpt2_says_what_was_recorded()
    {
        NumpyArchive golden = new(TestData.Wider("models", "gpt2-char-shakespeare", "golden.npz"));
        using OnnxModel model = OnnxReader.Read(TestData.Wider("models", "gpt2-char-shakespeare", "decoder_opset13.onnx"));
        ImportedModel raised = RaisedModels.Import(model);

        Assert.True(TestOracle.Difference(RaisedModels.Logits(raised, golden.Ids("prompt_ids")), golden.Floats("prefill_logits").Values) <= 1e-4);
    }
}
