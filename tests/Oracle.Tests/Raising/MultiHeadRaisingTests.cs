using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Onnx.Reading;
using Flightc.Oracle;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>Decoders around MultiHeadAttention, with weights in every form, raised and executed, against the same files in ONNX Runtime.</summary>
public sealed class MultiHeadRaisingTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    [InlineData(1)]
    public void Heads_with_caches_are_raised_repeated_or_not(int groups)
    {
        ImportedModel model = Compare(new MultiHeadDecoder { Groups = groups });

        Assert.All(model.Graph.Nodes.Select(n => n.Op).OfType<Attention>(), op => Assert.Equal((4, groups), (op.Heads, op.KvHeads)));
        Assert.All(model.Graph.Nodes.Select(n => n.Op).OfType<Activation>(), op => Assert.Equal(ActivationFunction.Silu, op.Function));
    }

    [Theory]
    [InlineData(WeightForm.Dequantised)]
    [InlineData(WeightForm.Columns)]
    [InlineData(WeightForm.Blocks)]
    public void Weights_become_the_floats_that_their_codes_stand_for(WeightForm form) => Compare(new MultiHeadDecoder { Weights = form, Groups = 2 });

    [Fact]
    public void A_table_of_codes_that_is_embedding_and_head_is_tied()
    {
        ImportedModel model = Compare(new MultiHeadDecoder { Weights = WeightForm.Blocks, IsTied = true });

        Assert.DoesNotContain(model.Graph.Weights, w => w.Name == "head.weight");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    public void Decoders_with_and_without_a_past_in_one_file_are_one(int groups)
    {
        MultiHeadDecoder decoder = new() { Groups = groups };
        ImportedModel merged = Compare(decoder with { IsMerged = true });

        Assert.Equal(RaisedModels.TextOf(Raise(decoder.Build(), hash: true).Graph), RaisedModels.TextOf(Raise((decoder with { IsMerged = true }).Build(), hash: true).Graph));
        Assert.Equal(MultiHeadDecoder.CacheRows, merged.Graph.ContextLength);
    }

    private static ImportedModel Compare(MultiHeadDecoder decoder)
    {
        byte[] bytes = decoder.Build();
        ImportedModel raised = Raise(bytes);
        Assert.Equal(MultiHeadDecoder.CacheRows, raised.Graph.ContextLength);
        // Of products with codes behind DequantizeLinear the oracle would make products of integers, with activations rounded to 8 bits.
        using IOracleSession session = TestOracle.Instance.Open(bytes, "multi-head", OracleOptions.Default with { Rewrites = OracleRewrites.Basic });
        OracleDecoder oracle = new(session, "multi-head");
        FloatExecutor executor = new(raised.Graph, raised.Weights, threads: 1);
        FloatSequence sequence = executor.NewSequence();
        foreach (int[] run in (int[][])[[3, 1, 4, 1, 5, 9, 2, 6, 5, 35], [58], [9, 7]])
        {
            float[] found = [.. executor.Run(sequence, run).SelectMany(row => row)];
            Assert.InRange(TestOracle.Difference(found, [.. oracle.Run(run).SelectMany(row => row)]), 0, Tolerance);
        }

        return raised;
    }

    private static ImportedModel Raise(byte[] bytes, bool hash = false)
    {
        DiagnosticBag bag = new();
        OnnxModel? model = OnnxReader.Read(bytes, "multi-head", bag);
        bag.ThrowIfErrors();
        return RaisedModels.Import(model!, hash);
    }
}
