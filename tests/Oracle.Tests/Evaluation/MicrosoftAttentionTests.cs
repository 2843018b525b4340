using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Evaluation;

/// <summary>The attention operators of ONNX Runtime, against ONNX Runtime.</summary>
public sealed class MicrosoftAttentionTests
{
    private const int Heads = 4;
    private const int SharedHeads = 2;
    private const int Size = 32;
    private readonly RandomNumbers _random = new(11);

    [Theory]
    [InlineData("first prompt")]
    [InlineData("packed")]
    [InlineData("rotary")]
    [InlineData("rotary interleaved packed")]
    [InlineData("half rotary")]
    [InlineData("past")]
    [InlineData("past rotary")]
    [InlineData("past rotary window")]
    [InlineData("cache rotary")]
    [InlineData("cache plain")]
    [InlineData("cache plain packed")]
    [InlineData("cache rotary packed")]
    [InlineData("cache prompt rotary")]
    [InlineData("window")]
    [InlineData("softcap")]
    [InlineData("scale")]
    [InlineData("smooth")]
    [InlineData("sink")]
    [InlineData("positions rotary")]
    [InlineData("past bias")]
    public void Group_query_attention_agrees(string features)
    {
        bool Has(string feature) => features.Contains(feature, StringComparison.Ordinal);
        long length = Has("past") || (Has("cache") && !Has("prompt")) ? 1 : 5;
        long past = Has("past") ? 4 : (Has("cache") && !Has("prompt")) ? 3 : 0;
        long capacity = Has("cache") ? 9 : past;
        long total = past + length;
        NodeComparison node = new("GroupQueryAttention");
        if (Has("packed"))
        {
            node.With(Floats(1, length, (Heads + 2 * SharedHeads) * Size)).With(null).With(null);
        }
        else
        {
            node.With(Floats(1, length, Heads * Size)).With(Floats(1, length, SharedHeads * Size)).With(Floats(1, length, SharedHeads * Size));
        }

        node.With(Floats(1, SharedHeads, capacity, Size)).With(Floats(1, SharedHeads, capacity, Size));
        node.With(Ints([total - 1], 1)).With(Ints([total], 1));
        int pairs = Has("half") ? Size / 4 : Size / 2;
        node.With(Has("rotary") ? Floats(16, pairs) : null).With(Has("rotary") ? Floats(16, pairs) : null);
        node.With(Has("positions") ? TensorElements.Of([3L, 4, 5, 6, 7], 1, 5) : null);
        node.With(Has("bias") ? Floats(1, 1, length, total) : null);
        node.With(Has("sink") ? Floats(Heads) : null);
        node.Int("num_heads", Heads).Int("kv_num_heads", SharedHeads).Int("do_rotary", Has("rotary") ? 1 : 0).Int("rotary_interleaved", Has("interleaved") ? 1 : 0);
        _ = Has("window") ? node.Int("local_window_size", 2) : node;
        _ = Has("softcap") ? node.Float("softcap", 0.7f) : node;
        _ = Has("scale") ? node.Float("scale", 0.25f) : node;
        _ = Has("smooth") ? node.Int("smooth_softmax", 1) : node;

        // What lies behind the tokens of a cache that is longer is nobody's business. Without these outputs ONNX Runtime 1.30 reads memory that nobody wrote.
        node.Agrees(["y", "key", "value"], compared: Has("cache") ? 1 : 3);
    }

    [Fact]
    public void Group_query_attention_over_several_tokens_behind_a_past_agrees() => new NodeComparison("GroupQueryAttention")
        .With(Floats(1, 3, Heads * Size)).With(Floats(1, 3, SharedHeads * Size)).With(Floats(1, 3, SharedHeads * Size))
        .With(Floats(1, SharedHeads, 4, Size)).With(Floats(1, SharedHeads, 4, Size)).With(Ints([6], 1)).With(Ints([7], 1))
        .With(Floats(8, Size / 2)).With(Floats(8, Size / 2)).Int("do_rotary", 1).Int("num_heads", Heads).Int("kv_num_heads", SharedHeads).Int("local_window_size", 3)
        .Agrees(["y", "key", "value"]);

    [Fact]
    public void Group_query_attention_that_sees_what_follows_agrees() => new NodeComparison("GroupQueryAttention")
        .With(Floats(1, 3, Heads * Size)).With(Floats(1, 3, SharedHeads * Size)).With(Floats(1, 3, SharedHeads * Size))
        .With(Floats(1, SharedHeads, 0, Size)).With(Floats(1, SharedHeads, 0, Size)).With(Ints([2], 1)).With(Ints([3], 1))
        .Int("num_heads", Heads).Int("kv_num_heads", SharedHeads).Int("causal", 0).Agrees(["y", "key", "value"]);

    [Fact]
    public void Group_query_attention_over_sequences_of_several_lengths_agrees() =>
        new NodeComparison("GroupQueryAttention")
            .With(Floats(2, 1, Heads * Size)).With(Floats(2, 1, SharedHeads * Size)).With(Floats(2, 1, SharedHeads * Size))
            .With(Floats(2, SharedHeads, 4, Size)).With(Floats(2, SharedHeads, 4, Size)).With(Ints([4, 2], 2)).With(Ints([5], 1))
            .With(Floats(16, Size / 2)).With(Floats(16, Size / 2)).Int("do_rotary", 1).Int("num_heads", Heads).Int("kv_num_heads", SharedHeads)
            .Agrees(["y", "key", "value"], compared: 1);

    [Theory]
    [InlineData("")]
    [InlineData("bias")]
    [InlineData("causal")]
    [InlineData("past")]
    [InlineData("past causal")]
    [InlineData("past bias scale")]
    [InlineData("mask")]
    [InlineData("lengths")]
    [InlineData("added")]
    [InlineData("past added")]
    [InlineData("split")]
    public void Multi_head_attention_agrees(string features)
    {
        bool Has(string feature) => features.Contains(feature, StringComparison.Ordinal);
        const long Length = 3;
        long past = Has("past") ? 2 : 0;
        NodeComparison node = new("MultiHeadAttention");
        node.With(Floats(2, Length, Heads * Size));
        node.With(Has("split") ? Floats(2, Heads, Length, Size) : Floats(2, Length, Heads * Size));
        node.With(Has("split") ? Floats(2, Heads, Length, Size) : Floats(2, Length, Heads * Size));
        node.With(Has("bias") ? Floats(3 * Heads * Size) : null);
        node.With(Has("mask") ? Ints([1, 1, 0, 0, 1, 1], 2, 3) : Has("lengths") ? Ints([2, 3], 2) : null);
        node.With(Has("added") ? Floats(1, Heads, Length, past + Length) : null);
        node.With(past > 0 ? Floats(2, Heads, past, Size) : null).With(past > 0 ? Floats(2, Heads, past, Size) : null);
        node.Int("num_heads", Heads);
        _ = Has("causal") ? node.Int("unidirectional", 1) : node;
        _ = Has("scale") ? node.Float("scale", 0.5f) : node;
        node.Agrees(past > 0 ? ["y", "key", "value"] : ["y"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("causal")]
    [InlineData("mask")]
    [InlineData("mask causal")]
    [InlineData("lengths")]
    [InlineData("ranges")]
    [InlineData("queries")]
    [InlineData("past causal")]
    [InlineData("past mask causal")]
    [InlineData("added")]
    [InlineData("sizes")]
    public void Attention_with_its_projection_agrees(string features)
    {
        bool Has(string feature) => features.Contains(feature, StringComparison.Ordinal);
        const long Length = 3;
        const long Width = 12;
        const long Hidden = Heads * Size;
        long valueWidth = Has("sizes") ? Heads * 3 : Hidden;
        long past = Has("past") ? 2 : 0;
        NodeComparison node = new("Attention");
        node.With(Floats(2, Length, Width)).With(Floats(Width, 2 * Hidden + valueWidth)).With(Floats(2 * Hidden + valueWidth));
        node.With(
            Has("past mask") ? Ints([0, 1, 1, 1, 1, 1, 1, 1, 1, 1], 2, 5)
            : Has("mask") ? Ints([1, 1, 0, 0, 1, 1], 2, 3)
            : Has("lengths") ? Ints([2, 3], 2)
            : Has("ranges") ? Ints([2, 3, 0, 1], 4)
            : Has("queries") ? Ints([1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1], 2, 3, 3)
            : null);
        node.With(past > 0 ? Floats(2, 2, Heads, past, Size) : null).With(Has("added") ? Floats(2, Heads, Length, Length) : null);
        node.Int("num_heads", Heads);
        _ = Has("causal") ? node.Int("unidirectional", 1) : node;
        _ = Has("sizes") ? node.Ints("qkv_hidden_sizes", Hidden, Hidden, valueWidth) : node;
        node.Agrees(past > 0 ? ["y", "present"] : ["y"]);
    }

    private OnnxTensor Floats(params long[] shape) => TensorElements.Of(_random.Floats((int)shape.Aggregate(1L, (a, b) => a * b)), shape);

    private static OnnxTensor Ints(long[] values, params long[] shape) => TensorElements.Of(OnnxElementType.Int32, values, shape);
}
