using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Rows of a quantised table: <c>((S × m) × c) × scale</c>.</summary>
internal static class QuantizedEmbeddingExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        NodeScope scope = context.ScopeOf(node);
        QuantizedTensors table = context.Weights.Codes(context.Weight(node, 1));
        string codes = Rows(scope, "codes", table.Codes);
        string multipliers = scope.Add("Gather", "multipliers", [Rows(scope, "group_multipliers", table.Multipliers), table.Groups], new IntAttribute("axis", 2));
        string scales = scope.Unsqueeze("scales", scope.Add("Gather", "row_scales", [table.RowScales, SequenceValues.Ids]), 2);
        string values = scope.Add("Mul", "values", [scope.Add("Mul", "steps", [scales, multipliers]), codes]);
        string scaled = scope.Add("Mul", "scaled", [values, scope.Nodes.Float(((Embedding)node.Op).Scale)]);
        return new ExportedValue(scope.Reshape("", scaled, -1, node.Type.Columns));
    }

    private static string Rows(NodeScope scope, string part, string table) =>
        scope.Cast(part, scope.Add("Gather", $"{part}/rows", [table, SequenceValues.Ids]), OnnxElementType.Float);
}
