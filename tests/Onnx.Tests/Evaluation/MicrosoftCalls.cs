using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>Right calls of operators that ONNX Runtime adds to the standard's.</summary>
internal static class MicrosoftCalls
{
    /// <summary>One or two for each operator with many inputs.</summary>
    public static IReadOnlyList<(OnnxNode Node, IReadOnlyList<OnnxTensor?> Inputs)> All { get; } =
    [
        Call("GroupQueryAttention", [F(1, 2, 16), F(1, 2, 8), F(1, 2, 8), F(1, 2, 3, 4), F(1, 2, 3, 4), I([4], 1), I([5], 1), F(8, 2), F(8, 2)],
            ("num_heads", 4), ("kv_num_heads", 2), ("do_rotary", 1), ("local_window_size", 2)),
        Call("GroupQueryAttention", [F(1, 2, 32), null, null, null, null, I([1], 1), I([2], 1), null, null, null, F(1, 1, 2, 2), F(4), null, null, F(4), F(4)],
            ("num_heads", 4), ("kv_num_heads", 2), ("smooth_softmax", 1)),
        Call("MultiHeadAttention", [F(1, 2, 8), F(1, 3, 8), F(1, 3, 8), F(24), I([1, 1, 0], 1, 3), F(1, 2, 2, 3)], ("num_heads", 2), ("unidirectional", 1)),
        Call("MultiHeadAttention", [F(1, 2, 2, 3, 4)], ("num_heads", 2)),
        Call("MultiHeadAttention", [F(1, 2, 8), F(1, 2, 2, 2, 4), null, null, null, null, F(1, 2, 1, 4), F(1, 2, 1, 4)], ("num_heads", 2)),
        Call("Attention", [F(1, 2, 6), F(6, 24), F(24), I([1, 1, 1], 1, 3), F(2, 1, 2, 1, 4)], ("num_heads", 2), ("unidirectional", 1)),
        Call("MatMulNBits", [F(2, 20), B(3, 2, 8), F(6), B(3), null, F(3)], ("K", 20), ("N", 3), ("bits", 4), ("block_size", 16)),
        Call("MatMulNBits", [F(2, 16), B(3, 1, 16), F(3), F(3), I([.. new long[16]], 16)], ("K", 16), ("N", 3), ("bits", 8), ("block_size", 16)),
        Call("GatherBlockQuantized", [B(4, 12), I([3, 0], 2), F(4, 2), B(4, 1)], ("block_size", 16), ("quantize_axis", 1), ("bits", 4), ("gather_axis", 0)),
        Call("RotaryEmbedding", [F(1, 2, 8), TensorElements.Of([0L, 1], 1, 2), F(4, 2), F(4, 2)], ("interleaved", 1), ("num_heads", 2), ("rotary_embedding_dim", 4)),
        Call("SkipLayerNormalization", [F(1, 2, 4), F(1, 2, 4), F(4), F(4), F(4)]),
        Call("SkipSimplifiedLayerNormalization", [F(2, 4), F(2, 4), F(4), F(4)]),
        Call("EmbedLayerNormalization", [I([1, 2], 1, 2), I([0, 1], 1, 2), F(3, 4), F(5, 4), F(2, 4), F(4), F(4), I([1, 0], 1, 2), I([3, 4], 1, 2)], ("mask_index_type", 0)),
        Call("FastGelu", [F(2, 4), F(4)]),
    ];

    private static (OnnxNode Node, IReadOnlyList<OnnxTensor?> Inputs) Call(string name, OnnxTensor?[] inputs, params (string Name, long Value)[] attributes)
    {
        OperatorDefinition definition = OperatorTable.Find(OperatorDefinition.Microsoft, name)!;
        return (
            new OnnxNode(
                "node", OperatorDefinition.Microsoft, name, 1, [.. inputs.Select((input, i) => input is null ? "" : $"in{i}")],
                [.. Enumerable.Range(0, definition.Outputs.Count - (name.EndsWith("Attention", StringComparison.Ordinal) ? 1 : 0)).Select(i => $"out{i}")],
                attributes.ToDictionary(a => a.Name, OnnxAttribute (a) => new IntAttribute(a.Name, a.Value), StringComparer.Ordinal)),
            inputs);
    }

    private static OnnxTensor F(params long[] shape) => TensorElements.Of(new RandomNumbers(1).Floats((int)shape.Aggregate(1L, (a, b) => a * b)), shape);

    private static OnnxTensor B(params long[] shape) => TensorElements.Of(
        OnnxElementType.UInt8, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => i * 37L)], shape);

    private static OnnxTensor I(long[] values, params long[] shape) => TensorElements.Of(OnnxElementType.Int32, values, shape);
}
