using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Evaluation;

/// <summary>Operators that ONNX Runtime adds to the standard's, against ONNX Runtime.</summary>
public sealed class MicrosoftOperatorTests
{
    private readonly RandomNumbers _random = new(7);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Simplified_normalisations_with_a_skip_agree(int bias)
    {
        NodeComparison node = new NodeComparison("SkipSimplifiedLayerNormalization")
            .With(Floats(2, 3, 16)).With(Floats(2, 3, 16)).With(Floats(16)).Float("epsilon", 1e-5f);
        (bias == 1 ? node.With(Floats(16)) : node).Agrees(["y", "", "", "sum"]);
    }

    [Fact]
    public void Layer_normalisations_with_a_skip_agree() => new NodeComparison("SkipLayerNormalization")
        .With(Floats(2, 3, 16)).With(Floats(2, 3, 16)).With(Floats(16)).With(Floats(16)).With(Floats(16)).Float("epsilon", 1e-5f).Agrees(["y", "", "", "sum"]);

    [Fact]
    public void Layer_normalisations_without_the_optional_inputs_agree() => new NodeComparison("SkipLayerNormalization")
        .With(Floats(2, 3, 16)).With(Floats(2, 3, 16)).With(Floats(16)).Agrees(["y"]);

    [Fact]
    public void The_simplified_normalisation_of_the_standard_domain_agrees() => new NodeComparison("SimplifiedLayerNormalization", "")
        .With(Floats(2, 3, 16)).With(Floats(16)).Int("axis", -1).Float("epsilon", 1e-6f).Int("stash_type", 1).Agrees(["y"]);

    [Fact]
    public void Embeddings_with_a_normalisation_agree() => new NodeComparison("EmbedLayerNormalization")
        .With(Ints(9, 2, 4)).With(Ints(2, 2, 4)).With(Floats(9, 8)).With(Floats(6, 8)).With(Floats(2, 8)).With(Floats(8)).With(Floats(8))
        .With(TensorElements.Of(OnnxElementType.Int32, [1L, 1, 1, 0, 1, 1, 1, 1], 2, 4)).Float("epsilon", 1e-5f).Agrees(["y", "mask"]);

    [Fact]
    public void Gelu_variants_agree()
    {
        new NodeComparison("Gelu").With(Floats(3, 8)).Agrees(["y"]);
        new NodeComparison("QuickGelu").With(Floats(3, 8)).Float("alpha", 1.5f).Agrees(["y"]);
        new NodeComparison("FastGelu").With(Floats(3, 8)).Agrees(["y"]);
        new NodeComparison("FastGelu").With(Floats(3, 8)).With(Floats(8)).Agrees(["y"]);
        new NodeComparison("BiasGelu").With(Floats(3, 8)).With(Floats(8)).Agrees(["y"]);
    }

    [Theory]
    [InlineData(0, 8, 1)]
    [InlineData(1, 8, 1)]
    [InlineData(0, 4, 1)]
    [InlineData(0, 8, 6)]
    public void Rotary_positions_agree(int interleaved, int turned, int positions)
    {
        NodeComparison node = new NodeComparison("RotaryEmbedding")
            .With(Floats(2, 3, 16)).With(positions == 1 ? Longs([2], 1) : Longs([0, 1, 2, 5, 6, 9], 2, 3)).With(Floats(12, turned / 2)).With(Floats(12, turned / 2))
            .Int("interleaved", interleaved);
        (turned == 8 ? node : node.Int("num_heads", 2).Int("rotary_embedding_dim", turned)).Agrees(["y"]);
    }

    [Fact]
    public void Rotary_positions_of_split_heads_agree() => new NodeComparison("RotaryEmbedding")
        .With(Floats(1, 2, 3, 8)).With(Longs([0, 4, 2], 1, 3)).With(Floats(12, 4)).With(Floats(12, 4)).Agrees(["y"]);

    [Theory]
    [InlineData(4, 16, 40, "none")]
    [InlineData(4, 32, 64, "packed")]
    [InlineData(4, 32, 64, "float")]
    [InlineData(8, 32, 64, "none")]
    [InlineData(8, 32, 64, "packed")]
    [InlineData(2, 32, 64, "packed")]
    public void Products_with_weights_of_few_bits_agree(int bits, int blockSize, int inner, string zeroPoints)
    {
        const int Columns = 6;
        int blocks = (inner + blockSize - 1) / blockSize;
        new NodeComparison("MatMulNBits")
            .With(Floats(2, 3, inner)).With(Bytes(Columns, blocks, blockSize * bits / 8)).With(Floats(Columns * blocks))
            .With(zeroPoints switch { "packed" => Bytes(Columns * ((blocks * bits + 7) / 8)), "float" => Floats(Columns * blocks), _ => null })
            .With(null).With(Floats(Columns))
            .Int("K", inner).Int("N", Columns).Int("bits", bits).Int("block_size", blockSize).Agrees(["y"]);
    }

    [Theory]
    [InlineData(OnnxElementType.UInt4, true)]
    [InlineData(OnnxElementType.UInt4, false)]
    [InlineData(OnnxElementType.Int4, true)]
    [InlineData(OnnxElementType.UInt8, true)]
    [InlineData(OnnxElementType.UInt8, false)]
    public void Rows_of_quantised_embeddings_agree(OnnxElementType type, bool hasZeroPoints)
    {
        bool isPacked = type == OnnxElementType.UInt8;
        NodeComparison node = new NodeComparison("GatherBlockQuantized")
            .With(Codes(type, 5, isPacked ? 24 : 48)).With(Longs([4, 0, 2, 2], 2, 2)).With(Floats(5, 3)).Int("block_size", 16).Int("gather_axis", 0).Int("quantize_axis", 1);
        node = hasZeroPoints ? node.With(Codes(type, 5, isPacked ? 2 : 3)) : node;
        (isPacked ? node.Int("bits", 4) : node).Agrees(["y"]);
    }

    private OnnxTensor Floats(params long[] shape) => TensorElements.Of(_random.Floats((int)shape.Aggregate(1L, (a, b) => a * b)), shape);

    private OnnxTensor Bytes(params long[] shape) => Codes(OnnxElementType.UInt8, shape);

    private OnnxTensor Codes(OnnxElementType type, params long[] shape) =>
        TensorElements.Of(type, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (long)_random.Below(256))], shape);

    private OnnxTensor Ints(int end, params long[] shape) =>
        TensorElements.Of(OnnxElementType.Int32, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (long)_random.Below(end))], shape);

    private static OnnxTensor Longs(long[] values, params long[] shape) => TensorElements.Of(values, shape);
}
