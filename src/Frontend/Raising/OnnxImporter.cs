using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Onnx.Checks;

namespace Flightc.Raising;

/// <summary>From an ONNX file to a Graph: the counterpart of <see cref="ModelImporter"/>.</summary>
public static class OnnxImporter
{
    // Where neither the graph nor a file beside it says.
    private const int UsualPositions = 2048;

    // The name of the Graph where nothing beside the file names the model's type.
    private const string AnyDecoder = "decoder";

    /// <summary>Reads a file, checks it and raises it. No weight is converted.</summary>
    /// <param name="model">Open; has to stay so as long as weights are read.</param>
    /// <param name="hash">Whether to hash the weights, which reads every byte.</param>
    /// <param name="length">The longest sequence that is wanted, in tokens; null for all positions of the model.</param>
    /// <exception cref="CompilationException">Everything that stands in the way.</exception>
    public static ImportedModel Import(OnnxModel model, bool hash = true, int? length = null)
    {
        DiagnosticBag bag = new();
        ModelCheck.Check(model, bag);
        bag.ThrowIfErrors();
        OnnxFacts facts = OnnxFacts.Beside(model.Path, bag);
        int? wanted = length is { } shorter && shorter < (facts.Positions ?? int.MaxValue) ? shorter : facts.Positions;
        RaisedModel raised = Raiser.Raise(model, wanted);
        foreach (Diagnostic note in raised.Notes)
        {
            bag.Add(note);
        }

        int context = Math.Min(raised.ContextLength ?? int.MaxValue, wanted ?? (raised.ContextLength is null ? UsualPositions : int.MaxValue));
        if (raised.ContextLength is null && wanted is null)
        {
            bag.Note(
                Codes.ModelNote, $"nothing says how many positions the model was made for; {UsualPositions} are assumed", model.Path,
                "put its config.json beside the file, or give --max-length");
        }

        RaisedDecoder decoder = ConfiguredAngles.Apply(raised.Decoder, facts.ConfigPath, length);
        (Graph graph, SourceWeights weights) = Bind(decoder, model.Path, facts.ModelType ?? AnyDecoder, context, hash);
        GraphVerifier.ThrowIfInvalid(graph);
        return new ImportedModel(graph, weights, facts.ConfigOf(decoder, graph), bag.Items);
    }

    private static (Graph Graph, SourceWeights Weights) Bind(RaisedDecoder decoder, string path, string name, int context, bool hash)
    {
        WeightBinder binder = new(path);
        if (binder.AreOne(decoder.Embedding.Table, decoder.Head.Weight))
        {
            decoder = decoder with { Head = new LinearTerm(decoder.Head.X, decoder.Embedding.Table, decoder.Head.Bias) };
        }

        Dictionary<string, BoundTensor> tensors = new(StringComparer.Ordinal);
        bool isTied = decoder.Head.Weight == decoder.Embedding.Table;
        Graph graph = new GraphWriter(decoder, (role, weight) =>
        {
            role = isTied && role == DecoderGraph.Head ? DecoderGraph.Embedding : role;
            tensors.TryAdd(role, binder.Bind(weight));
            return new Weight(role, tensors[role].Type, Source: tensors[role].Origin);
        }).Write(name, context);
        SourceWeights data = new(tensors);
        return (hash ? WithHashes(graph, data) : graph, data);
    }

    private static Graph WithHashes(Graph graph, SourceWeights data)
    {
        Weight[] weights = new Weight[graph.Weights.Count];
        Parallel.For(0, weights.Length, i => weights[i] = graph.Weights[i] with { Hash = data.HashOf(graph.Weights[i].Name) });
        return new Graph(graph.Name, graph.ContextLength, graph.Inputs, weights, graph.Nodes, graph.Outputs);
    }
}
