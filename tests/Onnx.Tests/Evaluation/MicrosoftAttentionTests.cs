using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>What ONNX Runtime executes on some devices only, against the same said in other words.</summary>
public sealed class MicrosoftAttentionTests
{
    private const int Heads = 2;
    private const int Size = 4;
    private const int Tokens = 3;
    private readonly RandomNumbers _random = new(13);

    [Fact]
    public void Queries_keys_and_values_that_are_packed_are_those_that_are_apart()
    {
        OnnxTensor packed = Floats(1, Tokens, Heads, 3, Size);
        OnnxTensor[] apart = [.. Enumerable.Range(0, 3).Select(part => Part(packed, part, 3))];

        Assert.Equal(Attend(apart), Attend(packed));
    }

    [Fact]
    public void Keys_and_values_that_are_packed_are_those_that_are_apart()
    {
        OnnxTensor query = Floats(1, Tokens, Heads * Size);
        OnnxTensor packed = Floats(1, Tokens, Heads, 2, Size);

        Assert.Equal(Attend(query, Part(packed, 0, 2), Part(packed, 1, 2)), Attend(query, packed));
    }

    [Fact]
    public void Normalised_queries_and_keys_are_those_of_a_normalisation_before()
    {
        OnnxTensor query = Floats(1, Tokens, Heads * Size);
        OnnxTensor key = Floats(1, Tokens, Heads * Size);
        OnnxTensor value = Floats(1, Tokens, Heads * Size);
        OnnxTensor[] weights = [Floats(Size), Floats(Size)];
        float[] within = Grouped(query, key, value, weights);

        float[] before = Grouped(Normalized(query, weights[0]), Normalized(key, weights[1]), value, []);

        Assert.All(within.Zip(before), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }

    private static float[] Attend(params OnnxTensor?[] inputs) => Run("MultiHeadAttention", inputs, new IntAttribute("num_heads", Heads));

    private static float[] Grouped(OnnxTensor query, OnnxTensor key, OnnxTensor value, OnnxTensor[] weights)
    {
        OnnxTensor last = TensorElements.Of(OnnxElementType.Int32, [Tokens - 1L], 1);
        OnnxTensor total = TensorElements.Of(OnnxElementType.Int32, [(long)Tokens], 1);
        return Run(
            "GroupQueryAttention", [query, key, value, null, null, last, total, null, null, null, null, null, null, null, .. weights],
            new IntAttribute("num_heads", Heads), new IntAttribute("kv_num_heads", Heads));
    }

    private static OnnxTensor Normalized(OnnxTensor heads, OnnxTensor weight)
    {
        Evaluator evaluator = new();
        OnnxTensor split = new(heads.ElementType, [1, Tokens, Heads, Size], heads.Data);
        OnnxNode node = Node("SimplifiedLayerNormalization", 2, new FloatAttribute("epsilon", 1e-6f));
        return new(heads.ElementType, [.. heads.Shape], evaluator.RunNode(node, [split, weight])[0]!.Data);
    }

    private static OnnxTensor Part(OnnxTensor packed, int part, int parts)
    {
        float[] all = TensorElements.ToFloats(packed);
        float[] own = [.. Enumerable.Range(0, Tokens * Heads).SelectMany(i => all.Skip((i * parts + part) * Size).Take(Size))];
        return TensorElements.Of(own, 1, Tokens, Heads * Size);
    }

    private static float[] Run(string name, OnnxTensor?[] inputs, params OnnxAttribute[] attributes) =>
        TensorElements.ToFloats(new Evaluator().RunNode(Node(name, inputs.Length, attributes), inputs)[0]!);

    private static OnnxNode Node(string name, int inputs, params OnnxAttribute[] attributes) => new(
        "n", OperatorDefinition.Microsoft, name, 1, [.. Enumerable.Range(0, inputs).Select(i => $"x{i}")], ["y"],
        attributes.ToDictionary(a => a.Name, StringComparer.Ordinal));

    private OnnxTensor Floats(params long[] shape) => TensorElements.Of(_random.Floats((int)shape.Aggregate(1L, (a, b) => a * b)), shape);
}
