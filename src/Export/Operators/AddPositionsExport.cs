using Flightc.IR;

namespace Flightc.Export;

/// <summary>Learned positions: <c>Gather</c> by position, then <c>Add</c> to the tokens of every sequence.</summary>
internal static class AddPositionsExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        NodeScope scope = context.ScopeOf(node);
        int offset = ((AddPositions)node.Op).Offset;
        string places = offset == 0
            ? context.Sequence.Positions
            : scope.Add("Add", "places", [context.Sequence.Positions, scope.Nodes.Integer(offset)]);
        string rows = context.Weights.Rows(scope, context.Weight(node, 1), places);
        string tokens = scope.Add("Reshape", "tokens", [context.Value(node, 0).Name, context.Sequence.ByToken(node.Type.Columns)]);
        return new ExportedValue(scope.Reshape("", scope.Add("Add", "sum", [tokens, rows]), -1, node.Type.Columns));
    }
}
