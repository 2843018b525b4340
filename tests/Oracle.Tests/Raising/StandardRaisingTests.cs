using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Numerics;
using Flightc.Onnx;
using Flightc.Onnx.Reading;
using Flightc.Oracle;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>Decoders in the standard's operators for language models, raised and executed, against the same files in ONNX Runtime.</summary>
public sealed class StandardRaisingTests
{
    [Fact]
    public void Causal_attention_behind_a_past_is_raised() => Compare(new StandardDecoder());

    [Fact]
    public void Masks_of_truth_values_are_looked_at() => Compare(new StandardDecoder { HasMask = true });

    [Fact]
    public void Heads_may_come_split() => Compare(new StandardDecoder { IsSplit = true });

    [Fact]
    public void Pairs_that_are_neighbours_become_halves() => Compare(new StandardDecoder { IsInterleaved = true, IsSplit = true });

    [Fact]
    public void Soft_caps_are_raised() => Compare(new StandardDecoder { Cap = 4 });

    private static void Compare(StandardDecoder decoder)
    {
        byte[] bytes = decoder.Build();
        DiagnosticBag bag = new();
        OnnxModel? model = OnnxReader.Read(bytes, "standard", bag);
        bag.ThrowIfErrors();
        ImportedModel raised = RaisedModels.Import(model!);
        Assert.Equal(80, raised.Graph.ContextLength);
        Assert.All(raised.Graph.Nodes.Select(n => n.Op).OfType<RotaryEmbedding>(), op => Assert.Equal(new RotaryAngles(500, 16), op.Angles));
        using IOracleSession session = TestOracle.Instance.Open(bytes, "standard", OracleOptions.Default);
        OracleDecoder oracle = new(session, "standard");
        FloatExecutor executor = new(raised.Graph, raised.Weights, threads: 1);
        FloatSequence sequence = executor.NewSequence();
        foreach (int[] run in (int[][])[[3, 1, 4, 1, 5, 9, 2, 6, 5, 35], [58], [9, 7]])
        {
            float[] found = [.. executor.Run(sequence, run).SelectMany(row => row)];
            Assert.InRange(TestOracle.Difference(found, [.. oracle.Run(run).SelectMany(row => row)]), 0, 1e-4);
        }
    }
}
