using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>com.microsoft.MultiHeadAttention</c>: queries, keys and values apart or packed, biases, masks, cache.</summary>
internal sealed class MultiHeadExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } = [("com.microsoft", "MultiHeadAttention")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        AttentionWriter writer = new(maker);
        int heads = maker.Int("num_heads");
        long tokens = maker.Shape(0)[1];
        string[] parts = Parts(maker, heads, tokens);
        long size = graph.IsData(maker.Input(0)) && maker.Shape(0).Length == 5 ? maker.Shape(0)[4] : maker.Shape(0)[2] / heads;
        string q = writer.Heads(parts[0], tokens, heads, size);
        long rows = IsCached(maker, 1) ? maker.Shape(1)[2] : maker.Has(1) ? maker.Shape(1)[1] : tokens;
        string k = IsCached(maker, 1) ? parts[1] : writer.Heads(parts[1], rows, heads, size);
        string v = IsCached(maker, 2) ? parts[2] : writer.Heads(parts[2], rows, heads, size);
        (k, v) = (writer.After(maker.Input(6), k), writer.After(maker.Input(7), v));
        long keys = rows + (maker.Has(6) ? maker.Shape(6)[2] : 0);
        List<string> added = [];
        if (maker.Has(5))
        {
            added.Add(maker.Input(5));
        }

        added.AddRange(PaddingMask.Of(maker, writer, maker.Input(4), maker.Input(0), keys));
        if (maker.Int("unidirectional") != 0)
        {
            added.Add(writer.Mask(keys, maker.Input(0), (query, key) => key <= keys - tokens + query));
        }

        string mixed = writer.Attend(q, k, v, (heads, heads, keys, size), maker.Float("scale"), 0, added);
        maker.AddLast(0, "Reshape", [maker.Transpose(mixed, 0, 2, 1, 3), maker.Longs([1, tokens, heads * size])]);
        return maker.Nodes;
    }

    private static bool IsCached(NodeMaker maker, int input) => maker.Has(input) && maker.Shape(input).Length == 4;

    // Queries, keys and values with their biases.
    private static string[] Parts(NodeMaker maker, int heads, long tokens)
    {
        long[] shape = maker.Shape(0);
        string[] parts;
        if (shape.Length == 5)
        {
            // [1, T, heads, 3, size]
            parts = [.. Enumerable.Range(0, 3).Select(i => maker.Reshape(
                maker.Add("Gather", [maker.Input(0), maker.Index(i)], new IntAttribute("axis", 3)), 1, tokens, heads * shape[4]))];
        }
        else
        {
            parts = maker.Has(1) && maker.Has(2)
                ? [maker.Input(0), maker.Input(1), maker.Input(2)]
                : throw maker.Unsupported("keys and values that are packed together cannot be raised", "export the model with separate keys and values");
        }

        if (maker.Has(3))
        {
            long width = maker.Shape(3)[0] / 3;
            string[] biases = maker.Add("Split", [maker.Input(3), maker.Longs([width, width, width])], 3, null, new IntAttribute("axis", 0));
            parts = [.. parts.Select((p, i) => IsCached(maker, i) ? p : maker.Add("Add", [p, biases[i]]))];
        }

        return parts;
    }
}
