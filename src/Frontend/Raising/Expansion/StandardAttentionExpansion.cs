using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary><c>Attention</c> of the standard, from opset 23.</summary>
internal sealed class StandardAttentionExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } = [("", "Attention")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        AttentionWriter writer = new(maker);
        bool isSplit = maker.Shape(0).Length == 4;
        (string q, long[] queries) = Read(0, "q_num_heads");
        (string k, long[] keyShape) = Read(1, "kv_num_heads");
        (string v, _) = Read(2, "kv_num_heads");
        int heads = (int)queries[1], groups = (int)keyShape[1];
        long tokens = queries[2], size = queries[3];
        long past = maker.Has(4) ? maker.Shape(4)[2] : 0, keys = keyShape[2] + past;
        (k, v) = (writer.After(maker.Input(4), k), writer.After(maker.Input(5), v));

        // Queries stand behind the past, or at the end of a cache that was filled before.
        long? filled = maker.Has(6) && graph.ConstantOf(maker.Input(6)) is { } lengths ? TensorElements.ToLongs(lengths.Value)[0] : null;
        long first = maker.Has(4) ? past : filled is { } end ? end - tokens : 0;
        bool isCausal = maker.Int("is_causal") != 0;
        int left = maker.Int("left_window_size", -1), right = maker.Int("right_window_size", -1);
        List<string> added =
        [
            writer.Mask(keys, maker.Input(0), (query, key) =>
                (!isCausal || key <= first + query) && (left < 0 || key >= first + query - left) && (right < 0 || key <= first + query + right)
                && (filled is null || key < filled)),
        ];
        if (maker.Has(3))
        {
            added.Add(Mask(maker, keys));
        }

        string mixed = writer.Attend(q, k, v, (heads, groups, keys, size), maker.Float("scale"), maker.Float("softcap"), added);
        if (isSplit)
        {
            maker.AddLast(0, "Identity", [mixed]);
        }
        else
        {
            maker.AddLast(0, "Reshape", [maker.Transpose(mixed, 0, 2, 1, 3), maker.Longs([1, tokens, heads * size])]);
        }

        return maker.Nodes;

        (string Name, long[] Shape) Read(int input, string count)
        {
            long[] shape = maker.Shape(input);
            if (isSplit)
            {
                return (maker.Input(input), shape);
            }

            int number = maker.Int(count);
            long each = shape[2] / number;
            return (writer.Heads(maker.Input(input), shape[1], number, each), [1, number, shape[1], each]);
        }
    }

    // Truth values become numbers; a mask that is shorter than the keys hides the rest.
    private static string Mask(NodeMaker maker, long keys)
    {
        string mask = maker.Input(3);
        if (maker.Graph.TypeOf(mask).ElementType == OnnxElementType.Bool)
        {
            mask = maker.Add("Where", [mask, maker.Number(0), maker.Number(double.NegativeInfinity)]);
        }

        long[] shape = maker.Shape(3);
        if (shape.Length == 0 || shape[^1] > keys)
        {
            throw maker.Unsupported($"a mask of [{string.Join(',', shape)}] does not fit {keys} keys");
        }

        if (shape[^1] == keys || shape[^1] == 1)
        {
            return mask;
        }

        long[] rest = [.. shape.SkipLast(1), keys - shape[^1]];
        double[] hidden = new double[rest.Aggregate(1L, (n, d) => n * d)];
        Array.Fill(hidden, double.NegativeInfinity);
        string tail = maker.Constant(TensorElements.Of(maker.Graph.TypeOf(maker.Input(0)).ElementType, hidden, rest));
        return maker.Add("Concat", [mask, tail], new IntAttribute("axis", -1));
    }
}
