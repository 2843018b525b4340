using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Raising;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>Models raised from ONNX files, as tests use them.</summary>
internal static class RaisedModels
{
    /// <summary>Logits of all tokens of a prompt, by the float executor.</summary>
    public static float[] Logits(ImportedModel model, IReadOnlyList<int> ids)
    {
        FloatExecutor executor = new(model.Graph, model.Weights, threads: 2);
        FloatSequence sequence = executor.NewSequence();
        return [.. executor.Run(sequence, [.. ids]).SelectMany(row => row)];
    }

    /// <summary>A prompt and the likeliest tokens behind it.</summary>
    public static int[] Greedy(ImportedModel model, IReadOnlyList<int> prompt, int count)
    {
        FloatExecutor executor = new(model.Graph, model.Weights, threads: 2);
        FloatSequence sequence = executor.NewSequence();
        List<int> ids = [.. prompt];
        int[] step = [.. prompt];
        while (ids.Count < count)
        {
            float[] logits = executor.Run(sequence, step)[^1];
            int best = Array.IndexOf(logits, logits.Max());
            ids.Add(best);
            step = [best];
        }

        return [.. ids];
    }

    /// <summary>The Graph's text under another name, and without where weights come from.</summary>
    public static string TextOf(Graph graph)
    {
        Weight[] weights = [.. graph.Weights.Select(w => w with { Source = "" })];
        return GraphText.Print(new Graph("model", graph.ContextLength, graph.Inputs, weights, graph.Nodes, graph.Outputs));
    }

    /// <summary>A model of the wider test data, from ONNX.</summary>
    public static ImportedModel Import(OnnxModel model, bool hash = false, int? length = null) => OnnxImporter.Import(model, hash, length);
}
