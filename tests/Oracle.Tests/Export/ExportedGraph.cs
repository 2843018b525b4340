using Flightc.Diagnostics;
using Flightc.Export;
using Flightc.IR;
using Flightc.Oracle;
using Flightc.Reference;
using Google.Protobuf;

namespace Flightc.Tests;

/// <summary>A Graph by its text, with random weights, run by the float executor and, exported, by ONNX Runtime.</summary>
internal sealed class ExportedGraph
{
    private readonly Graph _graph;
    private readonly RandomWeights _weights;

    public ExportedGraph(string text, ulong seed = 5)
    {
        _graph = GraphText.Parse(text, "test");
        GraphVerifier.ThrowIfInvalid(_graph);
        _weights = new RandomWeights(_graph, seed);
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
        foreach (int[] ids in new int[][] { [3, 1, 4, 1, 5, 9, 2], [6], [5, 3] })
        {
            expected.AddRange(executor.Run(sequence, ids).SelectMany(row => row));
            found.AddRange(decoder.Run(ids).SelectMany(row => row));
        }

        return TestOracle.Difference([.. found], [.. expected]);
    }

    /// <summary>Builds the export alone.</summary>
    public CompilationException Refused(ExportOptions options) =>
        Assert.Throws<CompilationException>(() => GraphExport.Build(_graph, _weights, null, options));
}
