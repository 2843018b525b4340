using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>EmbedLayerNormalization</c>: embeddings of tokens and positions, and their norm.</summary>
internal sealed class EmbedNormExpansion : IExpansion
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, string Name)> Operators { get; } = [("com.microsoft", "EmbedLayerNormalization")];

    /// <inheritdoc/>
    public IReadOnlyList<OnnxNode>? Expand(OnnxNode node, Specialisation graph)
    {
        NodeMaker maker = new(node, graph);
        if (maker.Has(1))
        {
            throw maker.Unsupported("embeddings of segments cannot be compiled", "decoders have none: export the model for generation");
        }

        int tokens = maker.Lengths.Tokens;
        string positions = maker.Has(8) ? maker.Input(8) : maker.Longs([.. Enumerable.Range(0, tokens).Select(t => (long)t)], 1, tokens);
        string sum = maker.Add("Add", [maker.Add("Gather", [maker.Input(2), maker.Input(0)]), maker.Add("Gather", [maker.Input(3), positions])]);
        if (maker.Wants(2))
        {
            maker.AddLast(2, "Identity", [sum]);
        }

        if (maker.Wants(0))
        {
            maker.AddLast(
                0, "LayerNormalization", [sum, maker.Input(5), maker.Input(6)], new IntAttribute("axis", -1), new FloatAttribute("epsilon", maker.Float("epsilon", 1e-12f)));
        }

        return maker.Nodes;
    }
}
