using Flightc.IR;

namespace Flightc.Export;

/// <summary>Codes and a scale for every token and head, of heads as they are or turned before.</summary>
internal static class QuantizeHeadsExport
{
    /// <summary>Writes a <see cref="QuantizeHeads"/>.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        QuantizeHeads op = (QuantizeHeads)node.Op;
        NodeScope scope = context.ScopeOf(node);
        string heads = scope.Reshape("heads", context.Value(node, 0).Name, -1, node.Type.Columns / op.HeadDim, op.HeadDim);
        return Write(scope, node, heads, op.HeadDim, op.Form);
    }

    /// <summary>Writes a <see cref="RotaryQuantize"/>.</summary>
    public static ExportedValue WriteTurned(ExportContext context, Node node)
    {
        RotaryQuantize op = (RotaryQuantize)node.Op;
        NodeScope scope = context.ScopeOf(node);
        string turned = RotaryEmbeddingExport.Turn(context, scope, context.Value(node, 0).Name, node.Type.Columns, op.HeadDim, op.Angles);
        return Write(scope, node, turned, op.HeadDim, op.Form);
    }

    private static ExportedValue Write(NodeScope scope, Node node, string heads, int headDim, HeadForm form)
    {
        (string codes, string scale) = ContractCodes.Heads(scope, heads, form);
        return new ExportedValue(
            scope.Reshape("", codes, -1, node.Type.Columns), scope.Reshape("scales_by_token", scale, -1, node.Type.Columns / headDim));
    }
}
