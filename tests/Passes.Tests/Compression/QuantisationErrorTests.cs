using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Reference;

namespace Flightc.Tests.Compression;

/// <summary>The whole way from a checkpoint to quantised logits, against the float model: a broken step costs far more than rounding.</summary>
public sealed class QuantisationErrorTests
{
    private const int Tokens = 96;

    [Fact]
    public void Logits_of_the_sample_model_stay_near_those_of_the_float_model()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint);
        FloatExecutor reference = new(model.Graph, model.Weights);
        int[] ids = OwnStory(reference);
        float[][] expected = reference.Run(reference.NewSequence(), ids);
        double w8 = Divergence(model, ids, expected, new QuantizedFormat(8, 64));
        double w4 = Divergence(model, ids, expected, new QuantizedFormat(4, 32));

        Assert.InRange(w8, 1e-6, 0.002);
        Assert.InRange(w4, w8 * 3, 0.02);
    }

    /// <summary>What the model itself says after its first token: text as it knows it.</summary>
    private static int[] OwnStory(FloatExecutor reference)
    {
        FloatSequence sequence = reference.NewSequence();
        List<int> ids = [1];
        while (ids.Count < Tokens)
        {
            float[] logits = reference.Run(sequence, [ids[^1]])[0];
            ids.Add(Array.IndexOf(logits, logits.Max()));
        }

        return [.. ids];
    }

    /// <summary>Mean KL(float || quantised) over the positions, in nats; embedding and head have 8 bits.</summary>
    private static double Divergence(ImportedModel model, int[] ids, float[][] expected, QuantizedFormat format)
    {
        PassContext context = new()
        {
            FormatOf = w => w.Type.Shape[0].Size == model.Config.VocabularySize ? new QuantizedFormat(8, 64) : format,
        };
        Graph graph = Pipeline.Run(model.Graph, context, new PassObserver());
        QuantizedInterpreter interpreter = new(graph, model.Weights, new RoundToNearestWeights(graph, model.Weights));
        float[][] actual = interpreter.Run(ids);
        return expected.Zip(actual, Divergence).Average();
    }

    private static double Divergence(float[] expected, float[] actual)
    {
        double[] p = LogProbabilities(expected), q = LogProbabilities(actual);
        return p.Zip(q, (x, y) => Math.Exp(x) * (x - y)).Sum();
    }

    private static double[] LogProbabilities(float[] logits)
    {
        double largest = logits.Max();
        double normaliser = Math.Log(logits.Sum(x => Math.Exp(x - largest)));
        return [.. logits.Select(x => x - largest - normaliser)];
    }
}
