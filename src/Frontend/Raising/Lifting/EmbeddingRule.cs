using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary><c>Gather(table, ids)</c> ⇒ embedding.</summary>
internal sealed class EmbeddingRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "Gather" } || lifter.ViewOf(node.Inputs[1]) is not { Term: IdsTerm } ids
            || lifter.Graph.ConstantOf(node.Inputs[0]) is not { Type.Rank: 2 } table
            || (node.Attributes.GetValueOrDefault("axis") is IntAttribute axis && axis.Value is not (0 or -2)))
        {
            return false;
        }

        EmbeddingTerm term = new(RaisedWeight.Matrix(table, isTransposed: false));
        lifter.Set(node.Outputs[0], View.OfRows(term, [.. ids.Indices.Select(t => (int)t)], [.. ids.Shape, term.Columns]));
        return true;
    }
}
