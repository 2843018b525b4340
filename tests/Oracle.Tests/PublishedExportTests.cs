using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Oracle;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>ONNX exports of others, executed by ONNX Runtime as they are.</summary>
public sealed class PublishedExportTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("decoder_nopast_opset14.onnx")]
    [InlineData("decoder_with_past_opset17.onnx")]
    public void Both_exports_of_a_story_model_give_its_published_logits(string file)
    {
        NumpyArchive golden = new(TestData.Wider("models", "tinystories-656k-onnx", "golden.npz"));
        int[] prompt = golden.Ids("prompt_ids");
        using IOracleSession session = TestOracle.Open(TestData.Wider("models", "tinystories-656k-onnx", file));

        OnnxTensor logits = session.Run(Inputs(session, prompt), session.Outputs[0].Name).Values.Single();

        Assert.InRange(TestOracle.Difference(OracleTensor.Floats(logits), golden.Floats("prefill_logits").Values), 0, Tolerance);
    }

    [Fact]
    public void The_checkpoint_of_an_export_gives_the_same_logits_by_the_float_executor()
    {
        int[] ids = new NumpyArchive(TestData.Wider("models", "tinystories-656k-onnx", "golden.npz")).Ids("prompt_ids");
        using IOracleSession session = TestOracle.Open(TestData.Wider("models", "tinystories-656k-onnx", "decoder_with_past_opset17.onnx"));
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Wider("models", "tinystories-656k"), new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        FloatExecutor executor = new(model.Graph, model.Weights, threads: 1);

        float[] expected = OracleTensor.Floats(session.Run(Inputs(session, ids), session.Outputs[0].Name).Values.Single());
        float[][] found = executor.Run(executor.NewSequence(), ids);

        Assert.InRange(TestOracle.Difference(found.SelectMany(row => row).ToArray(), expected), 0, Tolerance);
    }

    // Ids, and for whatever else an export takes: a mask of ones, positions from 0, no past.
    private static Dictionary<string, OnnxTensor> Inputs(IOracleSession session, int[] ids) =>
        session.Inputs.ToDictionary(input => input.Name, input => input.Name switch
        {
            "input_ids" => OracleTensor.OfIds(ids),
            "attention_mask" => OracleTensor.Of(Array.ConvertAll(ids, _ => 1L), 1, ids.Length),
            "position_ids" => OracleTensor.Of([.. Enumerable.Range(0, ids.Length).Select(i => (long)i)], 1, ids.Length),
            _ => OracleTensor.Of(ReadOnlySpan<float>.Empty, 1, input.Shape![1].Size!.Value, 0, input.Shape[3].Size!.Value),
        });
}
