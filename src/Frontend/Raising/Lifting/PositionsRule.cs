using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary><c>Add(x, Gather(table, positions))</c> or <c>Add(x, Slice(table))</c> ⇒ learned positions.</summary>
internal sealed class PositionsRule : ILiftRule
{
    /// <inheritdoc/>
    public bool TryLift(OnnxNode node, Lifter lifter)
    {
        if (node is not { Domain: "", OpType: "Add" } || lifter.WithConstant(node) is not var (view, _, constant)
            || view.Rows(view.Term.Columns) is not var (term, tokens) || constant.Type.ElementCount != (long)tokens.Length * term.Columns
            || constant.Type.Shape[^1] != term.Columns || term.Columns != view.Shape[^1])
        {
            return false;
        }

        if (Table(constant, tokens, lifter.Graph.Lengths.Past) is not var (table, offset))
        {
            return tokens.Length > 1
                && lifter.Refuse(node, "what is added differs from token to token and is no row of a table by position", "positions can be learned (a table), or rotary");
        }

        lifter.Set(node.Outputs[0], view.Of(new PositionsTerm(term, RaisedWeight.Matrix(table, isTransposed: false), offset)));
        return true;
    }

    // Where the rows come from, and the row of position 0.
    private static (Constant Table, int Offset)? Table(Constant rows, int[] tokens, int past)
    {
        while (rows.Node is { Domain: "", OpType: "Identity" or "Reshape" or "Squeeze" or "Unsqueeze" or "Cast" or "Expand" })
        {
            rows = rows.Inputs[0]!;
        }

        if (rows.Node is not { Domain: "" } node || rows.Inputs[0] is not { Type.Rank: 2 } table)
        {
            return null;
        }

        long[] positions;
        if (node.OpType == "Gather" && (node.Attributes.GetValueOrDefault("axis") as IntAttribute)?.Value is null or 0)
        {
            positions = TensorElements.ToLongs(rows.Inputs[1]!.Value);
        }
        else if (node.OpType == "Slice" && rows.Inputs.Count > 2 && rows.Type.Shape[1] == table.Type.Shape[1])
        {
            long start = TensorElements.ToLongs(rows.Inputs[1]!.Value)[0];
            positions = [.. Enumerable.Range(0, (int)rows.Type.Shape[0]).Select(i => start + i)];
        }
        else
        {
            return null;
        }

        long offset = positions.Length == 0 ? -1 : positions[0] - past - tokens[0];
        bool isByPosition = offset >= 0 && positions.Length == tokens.Length && positions.Select((p, i) => p == past + tokens[i] + offset).All(same => same);
        return isByPosition ? (table, (int)offset) : null;
    }
}
