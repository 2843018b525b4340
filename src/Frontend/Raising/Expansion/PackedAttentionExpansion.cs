using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>com.microsoft.Attention</c>: projections and attention in one, keys and values of the past in one tensor.</summary>
internal sealed class PackedAttentionExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } = [("com.microsoft", "Attention")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        AttentionWriter writer = new(maker);
        if (maker.Int("do_rotary") != 0 || maker.Has(6))
        {
            throw maker.Unsupported("do_rotary and shared buffers of this operator cannot be raised", "build the model with GroupQueryAttention");
        }

        int heads = maker.Int("num_heads");
        long tokens = maker.Shape(0)[1], width = maker.Shape(1)[1] / 3;
        IReadOnlyList<long> widths = maker.Ints("qkv_hidden_sizes") ?? [width, width, width];
        string product = maker.Add("MatMul", [maker.Input(0), maker.Input(1)]);
        string[] parts = maker.Add(
            "Split", [maker.Has(2) ? maker.Add("Add", [product, maker.Input(2)]) : product, maker.Longs([.. widths])], 3, null, new IntAttribute("axis", 2));
        string[] split = [.. parts.Select((p, i) => writer.Heads(p, tokens, heads, widths[i] / heads))];
        long past = maker.Has(4) ? maker.Shape(4)[3] : 0;
        for (int i = 1; i < 3 && maker.Has(4); i++)
        {
            split[i] = writer.After(maker.Add("Gather", [maker.Input(4), maker.Index(i - 1)], new IntAttribute("axis", 0)), split[i]);
        }

        long keys = past + tokens, size = widths[0] / heads;
        List<string> added = [.. PaddingMask.Of(maker, writer, maker.Input(3), maker.Input(0), keys)];
        if (maker.Has(5))
        {
            added.Add(maker.Input(5));
        }

        if (maker.Int("unidirectional") != 0)
        {
            added.Add(writer.Mask(keys, maker.Input(0), (query, key) => key <= past + query));
        }

        string mixed = writer.Attend(split[0], split[1], split[2], (heads, heads, keys, size), maker.Float("scale"), 0, added);
        maker.AddLast(0, "Reshape", [maker.Transpose(mixed, 0, 2, 1, 3), maker.Longs([1, tokens, widths[2]])]);
        return maker.Nodes;
    }
}
