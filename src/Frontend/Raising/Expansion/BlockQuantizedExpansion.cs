using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>MatMulNBits</c> and <c>GatherBlockQuantized</c>: products and rows of weights that are codes with scales for blocks of columns.</summary>
/// <remarks>The weights become floats that are computed whenever they are read; the recipe quantises them anew.</remarks>
internal sealed class BlockQuantizedExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } = [("com.microsoft", "MatMulNBits"), ("com.microsoft", "GatherBlockQuantized")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        if (node.OpType == "MatMulNBits")
        {
            ExpandProduct(maker);
        }
        else
        {
            ExpandRows(maker);
        }

        return maker.Nodes;
    }

    private static void ExpandProduct(NodeMaker maker)
    {
        if (maker.Int("weight_prepacked") != 0)
        {
            throw maker.Unsupported("weights are packed for one kind of processor", "build the model again with weight_prepacked=0");
        }

        BlockQuantizedBytes weight = BlockQuantizedBytes.Create(
            Constant(maker, 1), Constant(maker, 2), maker.Has(3) ? Constant(maker, 3) : null, maker.Has(4) ? Constant(maker, 4) : null, maker.Int("N"), maker.Int("K"),
            maker.Int("block_size"), maker.Int("bits", 4)) ?? throw maker.Unsupported("codes, scales and zero points do not fit each other");
        string w = maker.Constant(new OnnxTensor(OnnxElementType.Float, [weight.Rows, weight.Columns], weight, maker.Input(1)));
        string x = maker.Input(0);
        OnnxElementType type = maker.Graph.TypeOf(x).ElementType;
        string turned = maker.Transpose(w, 1, 0);
        string[] operands = [x, type == OnnxElementType.Float ? turned : maker.Add("Cast", [turned], new IntAttribute("to", (long)type))];
        if (maker.Has(5))
        {
            maker.AddLast(0, "Add", [maker.Add("MatMul", operands), maker.Input(5)]);
        }
        else
        {
            maker.AddLast(0, "MatMul", operands);
        }
    }

    private static void ExpandRows(NodeMaker maker)
    {
        Constant data = Constant(maker, 0), scales = Constant(maker, 2);
        int bits = maker.Int("bits", 4), rank = data.Type.Rank;
        int quantized = maker.Int("quantize_axis", 1);
        if (maker.Int("gather_axis") != 0 || (quantized != 1 && quantized != rank - 1) || rank != 2)
        {
            throw maker.Unsupported("only rows of a table that is quantised along its columns can be raised");
        }

        // Bytes hold several codes; the types of 4 bits one.
        long columns = data.Type.ElementType == OnnxElementType.UInt8 ? data.Type.Shape[1] * 8 / bits : data.Type.Shape[1];
        BlockQuantizedBytes table = BlockQuantizedBytes.Create(
            data, scales, maker.Has(3) ? Constant(maker, 3) : null, null, (int)data.Type.Shape[0], (int)columns, maker.Int("block_size", 128), bits)
            ?? throw maker.Unsupported("codes, scales and zero points do not fit each other");
        string w = maker.Constant(new OnnxTensor(OnnxElementType.Float, [table.Rows, table.Columns], table, maker.Input(0)));
        string rows = maker.Add("Gather", [w, maker.Input(1)], new IntAttribute("axis", 0));
        maker.AddLast(0, "Cast", [rows], new IntAttribute("to", (long)scales.Type.ElementType));
    }

    private static Constant Constant(NodeMaker maker, int input) =>
        maker.Graph.ConstantOf(maker.Input(input)) ?? throw maker.Unsupported("weights that are computed from data cannot be raised");
}
