using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>Attention on codes, step by step as docs/numerics.md §3 has it. Exact sums of integers are made in binary64.</summary>
internal static class QuantizedAttentionExport
{
    private const double Log2E = 1.4426950408889634;

    // 2^24: the fraction bits of the denominator.
    private const float DenominatorUnit = 16777216;

    // The largest 14-bit probability.
    private const float ProbabilityLimit = 16383;

    // f32 nearest to 2^24 / 16383.
    private const float OutputUnit = (float)(16777216.0 / 16383.0);

    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        Attention op = (Attention)node.Op;
        NodeScope scope = context.ScopeOf(node);
        NodeList nodes = scope.Nodes;
        int layer = context.NextLayer();
        (string queries, string queryScales) = Queries(context, scope, context.Value(node, 0), op);
        (string keys, string keyScales) = Cached(context, scope, "key", context.Value(node, 1), op, layer);
        (string values, string valueScales) = Cached(context, scope, "value", context.Value(node, 2), op, layer);
        string visible = context.Sequence.Visible(op.Window);

        string products = scope.Cast("products", scope.Add("MatMul", "exact_products", [queries, scope.Transpose("keys", keys, 0, 1, 3, 2)]), OnnxElementType.Float);
        string factors = scope.Add("Mul", "factors", [scope.Add("Mul", "query_factors", [queryScales, nodes.Float(ScoreFactor(op))]), keyScales]);
        string scores = scope.Add("Mul", "scores", [products, factors]);
        string largest = scope.Reduce("ReduceMax", "largest_score", scope.Add("Where", "visible_scores", [visible, scores, nodes.Float(float.MinValue)]));
        if (op.Cap > 0)
        {
            float cap = (float)(op.Cap * Log2E);
            scores = ContractFunctions.Cap(scope.Within("cap"), "", scores, cap);
            largest = ContractFunctions.Cap(scope.Within("largest_cap"), "", largest, cap);
        }

        string exponentials = ContractFunctions.Exp2(scope.Within("exp2"), scope.Add("Sub", "below_largest", [scores, largest]));
        string shares = scope.Add("Where", "shares", [visible, exponentials, nodes.Float(0)]);
        string largestScale = scope.Reduce("ReduceMax", "largest_scale", scope.Add("Where", "visible_scales", [visible, valueScales, nodes.Float(0)]));
        string denominator = Denominator(scope, shares);
        string probabilities = Probabilities(scope, shares, valueScales, largestScale);
        string sums = scope.Cast("sums", scope.Add("MatMul", "exact_sums", [probabilities, values]), OnnxElementType.Float);
        string unit = scope.Add("Div", "unit", [scope.Add("Mul", "unit_scale", [largestScale, nodes.Float(OutputUnit)]), denominator]);
        string result = scope.Transpose("result", scope.Add("Mul", "by_head", [sums, unit]), 0, 2, 1, 3);
        return new ExportedValue(scope.Reshape("", result, -1, node.Type.Columns));
    }

    private static float ScoreFactor(Attention op) => (float)(op.Scale is { } scale ? Log2E * scale : Log2E / Math.Sqrt(op.HeadDim));

    private static (string Codes, string Scales) Queries(ExportContext context, NodeScope scope, ExportedValue x, Attention op) => (
        scope.Cast("queries", AttentionExport.ByHead(context, scope, "query_codes", x.Name, op.Heads, op.HeadDim), OnnxElementType.Double),
        AttentionExport.ByHead(context, scope, "query_scales", x.Scale, op.Heads, 1));

    // Codes f64[batch, heads, total, d], and scales f32[batch, heads, 1, total].
    private static (string Codes, string Scales) Cached(ExportContext context, NodeScope scope, string kind, ExportedValue x, Attention op, int layer)
    {
        string codes = scope.Cast(
            $"new_{kind}s", AttentionExport.ByHead(context, scope, $"{kind}_codes", x.Name, op.KvHeads, op.HeadDim), OnnxElementType.Int8);
        string scales = scope.Cast($"new_{kind}_scales", AttentionExport.ByHead(context, scope, $"{kind}_scales", x.Scale, op.KvHeads, 1), OnnxElementType.Float16);
        string allCodes = KeyValueCache.Append(context, layer, kind, OnnxElementType.Int8, op.KvHeads, op.HeadDim, codes);
        string allScales = KeyValueCache.Append(context, layer, $"{kind}_scale", OnnxElementType.Float16, op.KvHeads, 1, scales);
        string wide = scope.Cast($"all_{kind}s", allCodes, OnnxElementType.Double);
        string floats = scope.Cast($"all_{kind}_scales", allScales, OnnxElementType.Float);
        string repeated = AttentionExport.Repeated(scope, $"{kind}_scales", floats, op.Heads, op.KvHeads, 1);
        return (AttentionExport.Repeated(scope, $"{kind}s", wide, op.Heads, op.KvHeads, op.HeadDim), scope.Transpose($"{kind}_scale_rows", repeated, 0, 1, 3, 2));
    }

    // Z = Σ rint(e · 2^24)
    private static string Denominator(NodeScope scope, string shares)
    {
        string counts = scope.Add("Round", "counts", [scope.Add("Mul", "unrounded_counts", [shares, scope.Nodes.Float(DenominatorUnit)])]);
        return scope.Cast("denominator", scope.Reduce("ReduceSum", "exact_denominator", scope.Cast("wide_counts", counts, OnnxElementType.Double)), OnnxElementType.Float);
    }

    // P = rint(e · (sv · (16383 ÷ v^)))
    private static string Probabilities(NodeScope scope, string shares, string valueScales, string largestScale)
    {
        NodeList nodes = scope.Nodes;

        // Where all values are 0 any divisor gives probabilities of 0.
        string isNothing = scope.Add("Equal", "is_nothing", [largestScale, nodes.Float(0)]);
        string divisor = scope.Add("Where", "scale_divisor", [isNothing, nodes.Float(1), largestScale]);
        string weights = scope.Add("Mul", "scale_weights", [valueScales, scope.Add("Div", "scale_inverse", [nodes.Float(ProbabilityLimit), divisor])]);
        string probabilities = scope.Add("Round", "probabilities", [scope.Add("Mul", "unrounded", [shares, weights])]);
        return scope.Cast("wide_probabilities", probabilities, OnnxElementType.Double);
    }
}
