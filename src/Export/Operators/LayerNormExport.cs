using Flightc.IR;

namespace Flightc.Export;

/// <summary>Layer norm, spelled out, so that opsets before 17 have it: <c>(x - μ) ÷ √(mean((x - μ)²) + ε) · w + b</c>.</summary>
internal static class LayerNormExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        LayerNorm op = (LayerNorm)node.Op;
        NodeScope scope = context.ScopeOf(node);
        string x = context.Value(node, 0).Name;
        string difference = scope.Add("Sub", "difference", [x, scope.Reduce("ReduceMean", "mean", x)]);
        string square = scope.Add("Pow", "square", [difference, scope.Nodes.Float(2)]);
        string variance = scope.Reduce("ReduceMean", "variance", square);
        string root = scope.Add("Sqrt", "root", [scope.Add("Add", "variance_and_epsilon", [variance, scope.Nodes.Float(op.Epsilon)])]);
        string scaled = scope.Add("Div", "scaled", [difference, root]);
        string weight = context.Weights.Floats(context.Weight(node, 1));
        return new ExportedValue(op.HasBias
            ? scope.Add("Add", "", [scope.Add("Mul", "weighted", [scaled, weight]), context.Weights.Floats(context.Weight(node, 2))])
            : scope.Add("Mul", "", [scaled, weight]));
    }
}
