using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;
using Flightc.Onnx.Reading;
using Flightc.Oracle;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>Decoders of com.microsoft operators, raised and executed, against the same files in ONNX Runtime.</summary>
public sealed class GenaiRaisingTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void Separate_projections_are_raised() => Compare(new GenaiDecoder());

    [Fact]
    public void Packed_projections_with_a_bias_are_divided() => Compare(new GenaiDecoder { IsPacked = true, HasBias = true });

    [Fact]
    public void Norms_of_heads_are_raised() => Compare(new GenaiDecoder { HasHeadNorms = true, IsPacked = true, HeadSize = 32, RotaryDim = 32 });

    [Fact]
    public void Norms_of_heads_within_attention_are_those_before_it()
    {
        GenaiDecoder apart = new() { HasHeadNorms = true };
        GenaiDecoder fused = new() { FusesHeadNorms = true };

        Assert.Equal(RaisedModels.TextOf(Raise(apart.Build(), hash: true).Graph), RaisedModels.TextOf(Raise(fused.Build(), hash: true).Graph));
    }

    [Fact]
    public void Windows_are_seen_in_the_mask()
    {
        ImportedModel model = Compare(new GenaiDecoder { Window = 6, HasBias = true });

        Assert.All(model.Config.Layers, layer => Assert.Equal(6, layer.Window));
    }

    [Fact]
    public void Pairs_that_are_neighbours_become_halves() => Compare(new GenaiDecoder { IsInterleaved = true, IsPacked = true });

    [Fact]
    public void Heads_may_be_turned_in_part() => Compare(new GenaiDecoder { HeadSize = 32, RotaryDim = 16 });

    [Fact]
    public void Caps_scales_and_norms_of_Gemma_2_are_raised()
    {
        ImportedModel model = Compare(new GenaiDecoder { IsGemma = true, Cap = 5, Scale = 0.2f, Window = 4 });

        Assert.Equal([4, 0], model.Config.Layers.Select(l => l.Window));
        Assert.Equal(5, model.Config.Attention.Cap);
        Assert.Equal(3, model.Config.Ends.LogitCap);
        Assert.Equal(8, model.Config.Ends.Scale);
    }

    [Fact]
    public void Tables_for_short_sequences_are_raised_as_far_as_they_are_chosen()
    {
        ImportedModel model = Compare(new GenaiDecoder { OriginalLength = 40 }, context: 40);

        Assert.All(model.Graph.Nodes.Select(n => n.Op).OfType<RotaryEmbedding>(), op => Assert.Equal(new Numerics.RotaryAngles(10000, 16), op.Angles));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Weights_of_few_bits_become_the_floats_they_stand_for(int bits) => Compare(new GenaiDecoder { Bits = bits, IsPacked = true });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Half_precision_keeps_its_weights_and_blurs_no_angle(bool isGemma)
    {
        ImportedModel half = Raise(new GenaiDecoder { IsHalf = true, HasBias = true, IsGemma = isGemma, Cap = isGemma ? 5 : 0, Window = 7 }.Build());
        ImportedModel whole = Raise(new GenaiDecoder { HasBias = true, IsGemma = isGemma, Cap = isGemma ? 5 : 0, Window = 7 }.Build());

        Assert.All(half.Graph.Weights, w => Assert.Equal(ElementType.F16, w.Type.Element));
        Assert.Equal(
            whole.Graph.Nodes.Select(n => n.Op).Where(op => op is not RmsNorm), half.Graph.Nodes.Select(n => n.Op).Where(op => op is not RmsNorm));
    }

    private static ImportedModel Compare(GenaiDecoder decoder, int context = 96)
    {
        byte[] bytes = decoder.Build();
        ImportedModel raised = Raise(bytes);
        Assert.Equal(context, raised.Graph.ContextLength);
        using IOracleSession session = TestOracle.Instance.Open(bytes, "genai", OracleOptions.Default);
        OracleDecoder oracle = new(session, "genai");
        FloatExecutor executor = new(raised.Graph, raised.Weights, threads: 1);
        FloatSequence sequence = executor.NewSequence();
        int[][] runs = [[3, 1, 4, 1, 5, 9, 2, 6, 5, 35], [58], [9, 7]];
        foreach (int[] run in runs)
        {
            float[] found = [.. executor.Run(sequence, run).SelectMany(row => row)];
            Assert.InRange(TestOracle.Difference(found, [.. oracle.Run(run).SelectMany(row => row)]), 0, Tolerance);
        }

        return raised;
    }

    private static ImportedModel Raise(byte[] bytes, bool hash = false)
    {
        DiagnosticBag bag = new();
        OnnxModel? model = OnnxReader.Read(bytes, "genai", bag);
        bag.ThrowIfErrors();
        return RaisedModels.Import(model!, hash);
    }
}
