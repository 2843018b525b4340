using System.Text.Json;
using Flightc.Container;
using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>Models that come as ONNX, compiled: the image of their safetensors, and no difference between the executors.</summary>
public sealed class OnnxImageTests
{
    // What a file beside the weights says, and not the model.
    private static readonly string[] FromOtherFiles = [SectionNames.Tokenizer, SectionNames.Generation];

    [Theory]
    [InlineData("gpt2-char-shakespeare", "gpt2-char-shakespeare/decoder_opset13.onnx", "w8")]
    [InlineData("tinystories-656k", "tinystories-656k-onnx/decoder_nopast_opset14.onnx", "w8")]
    [InlineData("tinystories-656k", "tinystories-656k-onnx/decoder_with_past_opset17.onnx", "w4")]
    public void Safetensors_and_onnx_of_a_model_give_a_card_the_same_bytes(string safetensors, string onnx, string recipe)
    {
        using WorkFolder folder = new();
        JsonElement[] manifests = [.. new[] { safetensors, onnx }.Select((model, i) =>
        {
            string image = folder[$"{i}.flight"];
            CommandRun.Of("compile", TestData.Wider(["models", .. model.Split('/')]), "-t", "u280", "-r", recipe, "-o", image, "--quiet").Succeeds();
            return CommandRun.Of("inspect", image, "--json").Succeeds().Json.GetProperty("manifest");
        })];

        string[][] sections = [.. manifests.Select(m => m.GetProperty("sections").EnumerateArray()
            .Where(s => !FromOtherFiles.Contains(s.GetProperty("name").GetString())).Select(s => s.GetRawText()).ToArray())];
        Assert.Contains(sections[0], s => s.Contains(SectionNames.Bank(31), StringComparison.Ordinal));
        Assert.Contains(sections[0], s => s.Contains($"\"{SectionNames.Program}\"", StringComparison.Ordinal));
        Assert.Equal(sections[0], sections[1]);
        Assert.Equal(manifests[0].GetProperty("weights").GetRawText(), manifests[1].GetProperty("weights").GetRawText());
        Assert.Equal(manifests[0].GetProperty("context_length").GetInt32(), manifests[1].GetProperty("context_length").GetInt32());
    }

    [Theory]
    [InlineData(60, "models", "gpt2-char-shakespeare", "decoder_opset13.onnx")]
    [InlineData(60, "models", "tinystories-656k-onnx", "decoder_nopast_opset14.onnx")]
    [InlineData(60, "models", "tinystories-656k-onnx", "decoder_with_past_opset17.onnx")]
    [InlineData(16, "onnx", "exported", "static-scatter-bias-decoder", "model.onnx")]
    [InlineData(60, "onnx", "exported", "tiny-random-gpt2-fp32", "past.onnx")]
    public void Models_that_come_as_onnx_run_bit_exactly(int length, params string[] path)
    {
        string file = TestData.Wider(path);
        using (CompiledModel model = new(file, RandomModelTests.Machine("3,2"), RandomModelTests.Mixed, maxTokens: 16))
        {
            Assert.Empty(ScheduleVerifier.Verify(model.Schedule));
            RandomModelTests.AssertRuns(model, length, [9, 1, 5], ["emulator-2", "interpreter"]);
        }

        // Formats and machine as users have them.
        using CompiledModel usual = new(file, SharedModel.U280, new QuantizedFormat(8, 64), new QuantizedFormat(8, 64));
        RandomModelTests.AssertRuns(usual, length, [11, 1], ["emulator-1", "interpreter"]);
    }
}
