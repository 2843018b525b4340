using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Oracle;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>A trained GPT-2 of characters from safetensors, against what was published with it and against its own export.</summary>
public sealed class Gpt2CheckpointTests : IDisposable
{
    private const double Tolerance = 1e-4;
    private const string Folder = "gpt2-char-shakespeare";
    private const int Context = 128;

    private readonly HuggingFaceCheckpoint _checkpoint = HuggingFaceCheckpoint.Open(TestData.Wider("models", Folder), new DiagnosticBag());

    public void Dispose() => _checkpoint.Dispose();

    [Fact]
    public void Its_logits_are_the_published_ones()
    {
        NumpyArchive golden = new(TestData.Wider("models", Folder, "golden.npz"));
        FloatExecutor executor = Executor();

        float[][] logits = executor.Run(executor.NewSequence(), golden.Ids("prompt_ids"));

        Assert.InRange(TestOracle.Difference([.. logits.SelectMany(row => row)], golden.Floats("prefill_logits").Values), 0, Tolerance);
    }

    [Fact]
    public void Its_greedy_ids_are_the_published_ones()
    {
        NumpyArchive golden = new(TestData.Wider("models", Folder, "golden.npz"));
        int[] expected = golden.Ids("greedy_ids");
        FloatExecutor executor = Executor();
        FloatSequence sequence = executor.NewSequence();

        List<int> ids = [.. golden.Ids("prompt_ids")];
        float[] last = executor.Run(sequence, [.. ids])[^1];
        while (ids.Count < expected.Length)
        {
            ids.Add(last.IndexOf(last.Max()));

            // Beyond its positions the model was given the last of them anew for every token.
            last = ids.Count <= Context ? executor.Run(sequence, [ids[^1]])[0] : executor.Run(executor.NewSequence(), [.. ids.TakeLast(Context)])[^1];
        }

        Assert.Equal(expected, ids);
    }

    [Fact]
    public void Its_export_gives_the_same_logits_up_to_the_last_position()
    {
        int[] ids = [.. Enumerable.Range(0, Context).Select(i => i * 23 % 65)];
        using IOracleSession session = TestOracle.Open(TestData.Wider("models", Folder, "decoder_opset13.onnx"));
        FloatExecutor executor = Executor();

        Dictionary<string, OnnxTensor> inputs = new() { [session.Inputs.Single().Name] = OracleTensor.OfIds(ids) };
        float[] expected = OracleTensor.Floats(session.Run(inputs, session.Outputs[0].Name).Values.Single());
        float[][] found = executor.Run(executor.NewSequence(), ids);

        Assert.InRange(TestOracle.Difference([.. found.SelectMany(row => row)], expected), 0, Tolerance);
    }

    [Fact]
    public void Its_matrices_are_out_by_in_and_told_where_they_come_from()
    {
        Graph graph = ModelImporter.Import(_checkpoint, hash: false).Graph;

        Weight up = graph.Weights.Single(w => w.Name == "layers.1.mlp.up.weight"), k = graph.Weights.Single(w => w.Name == "layers.1.attn.k.weight");
        Assert.Equal(("f32[512,128]", "transformer.h.1.mlp.c_fc.weight (transposed)"), (up.Type.ToString(), up.Source));
        Assert.Equal(("f32[128,128]", "transformer.h.1.attn.c_attn.weight (transposed, rows 128-255)"), (k.Type.ToString(), k.Source));
    }

    private FloatExecutor Executor()
    {
        ImportedModel model = ModelImporter.Import(_checkpoint, hash: false);
        Assert.Empty(model.Diagnostics);
        return new FloatExecutor(model.Graph, model.Weights);
    }
}
