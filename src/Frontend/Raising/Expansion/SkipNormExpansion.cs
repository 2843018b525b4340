using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>SkipLayerNormalization</c> and <c>SkipSimplifiedLayerNormalization</c>: a sum and its norm.</summary>
internal sealed class SkipNormExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } =
        [("com.microsoft", "SkipLayerNormalization"), ("com.microsoft", "SkipSimplifiedLayerNormalization")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        bool isSimple = node.OpType == "SkipSimplifiedLayerNormalization";
        int bias = isSimple ? 3 : 4;
        string sum = maker.Add("Add", [maker.Input(0), maker.Input(1)]);
        if (maker.Has(bias))
        {
            sum = maker.Add("Add", [sum, maker.Input(bias)]);
        }

        if (maker.Wants(3))
        {
            maker.AddLast(3, "Identity", [sum]);
        }

        if (maker.Wants(0))
        {
            string[] inputs = !isSimple && maker.Has(3) ? [sum, maker.Input(2), maker.Input(3)] : [sum, maker.Input(2)];
            maker.AddLast(
                0, isSimple ? "SimplifiedLayerNormalization" : "LayerNormalization", inputs, new IntAttribute("axis", -1),
                new FloatAttribute("epsilon", maker.Float("epsilon", 1e-12f)));
        }

        return maker.Nodes;
    }
}
