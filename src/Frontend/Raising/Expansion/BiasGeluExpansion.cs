using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>BiasGelu</c>, and <c>FastGelu</c> with a bias: a sum and a function of it.</summary>
internal sealed class BiasGeluExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } = [("com.microsoft", "BiasGelu"), ("com.microsoft", "FastGelu")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        if (!maker.Has(1))
        {
            return null;
        }

        maker.AddLast(
            0, "Gelu", [maker.Add("Add", [maker.Input(0), maker.Input(1)])], new StringAttribute("approximate", node.OpType == "FastGelu" ? "tanh" : "none"));
        return maker.Nodes;
    }
}
