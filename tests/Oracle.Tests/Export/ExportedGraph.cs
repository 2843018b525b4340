using Flightc.Diagnostics;
using Flightc.Export;
using Flightc.IR;
using Flightc.Oracle;
using Flightc.Passes;
using Flightc.Passes.Compression;
using Flightc.Reference;
using Google.Protobuf;

namespace Flightc.Tests;

/// <summary>A Graph, by its text with random weights or of a checkpoint, run by the float executor and, exported, by ONNX Runtime.</summary>
internal sealed class ExportedGraph
{
    // A prompt, then tokens behind it, one and several at a time.
    private static readonly int[][] Runs = [[3, 1, 4, 1, 5, 9, 2], [6], [5, 3]];

    private readonly Graph _graph;
    private readonly IWeights _weights;

    public ExportedGraph(string text, ulong seed = 5)
        : this(GraphText.Parse(text, "test"), graph => new RandomWeights(graph, seed))
    {
    }

    public ExportedGraph(Graph graph, Func<Graph, IWeights> weights)
    {
        GraphVerifier.ThrowIfInvalid(graph);
        (_graph, _weights) = (graph, weights(graph));
    }

    /// <summary>Compares the logits of some tokens: a prompt, then what follows in two runs on its keys and values.</summary>
    /// <returns>The largest difference, relative to the largest logit.</returns>
    public double Difference(ExportOptions? options = null, OracleRewrites rewrites = OracleRewrites.All)
    {
        options ??= new ExportOptions();
        byte[] model = ExportFile.ToMessage(GraphExport.Build(_graph, _weights, null, options)).ToByteArray();
        using IOracleSession session = TestOracle.Instance.Open(model, _graph.Name, new OracleOptions(Rewrites: rewrites));
        OracleDecoder decoder = new(session, _graph.Name);
        FloatExecutor executor = new(_graph, _weights, threads: 1);
        FloatSequence sequence = executor.NewSequence();
        List<float> found = [], expected = [];
        foreach (int[] ids in Runs)
        {
            expected.AddRange(executor.Run(sequence, ids).SelectMany(row => row));
            found.AddRange(decoder.Run(ids).SelectMany(row => row));
        }

        return TestOracle.Difference([.. found], [.. expected]);
    }

    /// <summary>The same for the Graph after all passes, against the judge of quantised execution.</summary>
    /// <param name="format">Of all matrices.</param>
    /// <param name="cacheBits">Of keys and values.</param>
    /// <param name="rewrites">What the oracle may change.</param>
    public double QuantizedDifference(QuantizedFormat format, int cacheBits = 8, OracleRewrites rewrites = OracleRewrites.All)
    {
        Graph graph = Pipeline.Run(_graph, new PassContext { FormatOf = _ => format, CacheBits = cacheBits }, new PassObserver());
        RoundToNearestWeights codes = new(graph, _weights);
        byte[] model = ExportFile.ToMessage(GraphExport.Build(graph, _weights, codes, new ExportOptions())).ToByteArray();
        using IOracleSession session = TestOracle.Instance.Open(model, graph.Name, new OracleOptions(Rewrites: rewrites));
        OracleDecoder decoder = new(session, graph.Name);
        QuantizedInterpreter judge = new(graph, _weights, codes);
        List<float> found = [], expected = [];
        foreach (int[] ids in Runs)
        {
            expected.AddRange(judge.Run(ids).SelectMany(row => row));
            found.AddRange(decoder.Run(ids).SelectMany(row => row));
        }

        return TestOracle.Difference([.. found], [.. expected]);
    }

    /// <summary>Builds the export alone.</summary>
    public CompilationException Refused(ExportOptions options) =>
        Assert.Throws<CompilationException>(() => GraphExport.Build(_graph, _weights, null, options));
}
