using Flightc.IR;

namespace Flightc.Export;

/// <summary>Attention, spelled out: products, a mask that is added, <c>Softmax</c>; keys and values are repeated for the query heads that share them. Attention on codes by
/// <see cref="QuantizedAttentionExport"/>.</summary>
internal static class AttentionExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        if (context.Graph.TypeOf(node.Operands[0]).Element != ElementType.F32)
        {
            return QuantizedAttentionExport.Write(context, node);
        }

        Attention op = (Attention)node.Op;
        NodeScope scope = context.ScopeOf(node);
        int layer = context.NextLayer();
        string queries = ByHead(context, scope, "queries", context.Value(node, 0).Name, op.Heads, op.HeadDim);
        string keys = Cached(context, scope, "key", context.Value(node, 1).Name, op, layer);
        string values = Cached(context, scope, "value", context.Value(node, 2).Name, op, layer);
        string products = scope.Add("MatMul", "products", [queries, scope.Transpose("keys", keys, 0, 1, 3, 2)]);
        string scores = scope.Add("Mul", "scores", [products, scope.Nodes.Float((float)op.Factor)]);
        string capped = op.Cap > 0 ? SoftCapExport.Cap(scope.Within("cap"), scores, op.Cap) : scores;
        string masked = scope.Add("Add", "masked", [capped, context.Sequence.Mask(op.Window)]);
        string probabilities = scope.Add("Softmax", "probabilities", [masked], new Onnx.IntAttribute("axis", -1));
        string result = scope.Transpose("result", scope.Add("MatMul", "by_head", [probabilities, values]), 0, 2, 1, 3);
        return new ExportedValue(scope.Reshape("", result, -1, node.Type.Columns));
    }

    /// <summary>[tokens, heads · d] as [batch, heads, sequence_length, d].</summary>
    public static string ByHead(ExportContext context, NodeScope scope, string part, string x, int heads, int headDim) => scope.Transpose(
        part, scope.Add("Reshape", $"{part}/tokens", [x, context.Sequence.ByHead(heads, headDim)]), 0, 2, 1, 3);

    /// <summary>Repeats every head of keys or values for the query heads that share it.</summary>
    /// <param name="scope">The operation.</param>
    /// <param name="part">What it is.</param>
    /// <param name="x">[batch, kvHeads, total, columns]</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="kvHeads">Heads of x.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <returns>[batch, heads, total, columns]</returns>
    public static string Repeated(NodeScope scope, string part, string x, int heads, int kvHeads, int columns)
    {
        if (heads == kvHeads)
        {
            return x;
        }

        string grouped = scope.Unsqueeze($"{part}/grouped", x, 2);
        string expanded = scope.Add("Expand", $"{part}/expanded", [grouped, scope.Nodes.Integers(1, 1, heads / kvHeads, 1, 1)]);
        return scope.Reshape($"{part}/repeated", expanded, 0, heads, -1, columns);
    }

    private static string Cached(ExportContext context, NodeScope scope, string kind, string x, Attention op, int layer)
    {
        string rows = ByHead(context, scope, $"new_{kind}", x, op.KvHeads, op.HeadDim);
        string all = KeyValueCache.Append(context, layer, kind, Onnx.OnnxElementType.Float, op.KvHeads, op.HeadDim, rows);
        return Repeated(scope, kind, all, op.Heads, op.KvHeads, op.HeadDim);
    }
}
