using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>com.microsoft.GroupQueryAttention</c>: packed or separate projections, head norms, rotary embedding, cache, window, soft cap.</summary>
internal sealed class GroupQueryExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } = [("com.microsoft", "GroupQueryAttention")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        AttentionWriter writer = new(maker);
        Refuse(maker);
        int heads = maker.Int("num_heads"), groups = maker.Int("kv_num_heads");
        long tokens = maker.Shape(0)[1], width = maker.Shape(0)[2];
        long size = maker.Has(1) ? width / heads : width / (heads + (2 * groups));
        string[] projected = maker.Has(1)
            ? [maker.Input(0), maker.Input(1), maker.Input(2)]
            : maker.Add("Split", [maker.Input(0), maker.Longs([heads * size, groups * size, groups * size])], 3, null, new IntAttribute("axis", 2));
        string q = Positioned(maker, Normed(maker, writer.Heads(projected[0], tokens, heads, size), 14), heads);
        string k = Positioned(maker, Normed(maker, writer.Heads(projected[1], tokens, groups, size), 15), groups);
        string v = writer.Heads(projected[2], tokens, groups, size);
        (k, v) = (writer.After(maker.Input(3), k), writer.After(maker.Input(4), v));
        long keys = tokens + (maker.Has(3) ? maker.Shape(3)[2] : 0);
        int window = maker.Int("local_window_size", -1), past = (int)(keys - tokens);
        bool isCausal = maker.Int("causal", 1) != 0;
        string mask = writer.Mask(keys, maker.Input(0), (query, key) =>
            (!isCausal || key <= past + query) && (window < 0 || past + query - key < window));
        string mixed = writer.Attend(
            q, k, v, (heads, groups, keys, size), maker.Float("scale"), maker.Float("softcap"), maker.Has(10) ? [mask, maker.Input(10)] : [mask]);
        maker.AddLast(0, "Reshape", [maker.Transpose(mixed, 0, 2, 1, 3), maker.Longs([1, tokens, heads * size])]);
        return maker.Nodes;
    }

    private static void Refuse(NodeMaker maker)
    {
        if (maker.Has(11) || maker.Int("smooth_softmax") != 0)
        {
            throw maker.Unsupported("attention with sinks (head_sink, smooth_softmax) cannot be compiled");
        }

        if (maker.Has(12) || maker.Has(13) || maker.Int("kv_cache_bit_width") != 0)
        {
            throw maker.Unsupported("a cache that is quantised in the model cannot be raised", "build the model with a float cache: the card's has 8 bits by itself");
        }

        if (maker.Int("qk_output") != 0 || maker.Int("sliding_window_cache") != 0)
        {
            throw maker.Unsupported("qk_output and sliding_window_cache cannot be raised", "build the model without them");
        }

        // The cache may be a buffer that is longer than what it holds: then where tokens are written does not follow from its size.
        if (maker.Has(3) && maker.Shape(3)[2] != maker.Lengths.Past)
        {
            throw maker.Unsupported($"a cache of {maker.Shape(3)[2]} tokens is given where {maker.Lengths.Past} are past", "export the model with a cache of dynamic length");
        }
    }

    private static string Normed(NodeMaker maker, string heads, int weight) => !maker.Has(weight)
        ? heads
        : maker.Add("SimplifiedLayerNormalization", [heads, maker.Input(weight)], new IntAttribute("axis", -1), new FloatAttribute("epsilon", maker.Float("qk_norm_epsilon", 1e-6f)));

    private static string Positioned(NodeMaker maker, string heads, int count)
    {
        if (maker.Int("do_rotary") == 0)
        {
            return heads;
        }

        int tokens = maker.Lengths.Tokens;
        string positions = maker.Has(9) ? maker.Input(9) : maker.Longs([.. Enumerable.Range(maker.Lengths.Past, tokens).Select(p => (long)p)], 1, tokens);
        return maker.Add(
            "com.microsoft.RotaryEmbedding", [heads, positions, maker.Input(7), maker.Input(8)],
            new IntAttribute("interleaved", maker.Int("rotary_interleaved")), new IntAttribute("num_heads", count),
            new IntAttribute("rotary_embedding_dim", 2 * maker.Shape(7)[1]));
    }
}
