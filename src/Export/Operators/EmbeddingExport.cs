using Flightc.IR;

namespace Flightc.Export;

/// <summary>Rows of the table: <c>Gather</c>, and <c>Mul</c> where they are scaled.</summary>
internal static class EmbeddingExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        NodeScope scope = context.ScopeOf(node);
        string rows = context.Weights.Rows(scope, context.Weight(node, 1), SequenceValues.Ids);
        float scale = ((Embedding)node.Op).Scale;
        string scaled = scale == 1 ? rows : scope.Add("Mul", "scaled", [rows, scope.Nodes.Float(scale)]);
        return new ExportedValue(scope.Reshape("", scaled, -1, node.Type.Columns));
    }
}
