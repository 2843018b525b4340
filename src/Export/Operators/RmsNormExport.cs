using Flightc.IR;

namespace Flightc.Export;

/// <summary>RMS norm of rows or heads, spelled out: <c>x ÷ √(mean(x²) + ε) · w</c>.</summary>
internal static class RmsNormExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        RmsNorm op = (RmsNorm)node.Op;
        NodeScope scope = context.ScopeOf(node);
        string weight = context.Weights.Floats(context.Weight(node, 1));
        string x = context.Value(node, 0).Name;
        if (op.HeadDim == 0)
        {
            return new ExportedValue(Norm(scope, "", x, weight, op.Epsilon));
        }

        string heads = scope.Reshape("heads", x, -1, node.Type.Columns / op.HeadDim, op.HeadDim);
        return new ExportedValue(scope.Reshape("", Norm(scope, "normed", heads, weight, op.Epsilon), -1, node.Type.Columns));
    }

    private static string Norm(NodeScope scope, string part, string x, string weight, float epsilon)
    {
        string square = scope.Add("Pow", "square", [x, scope.Nodes.Float(2)]);
        string mean = scope.Reduce("ReduceMean", "mean", square);
        string root = scope.Add("Sqrt", "root", [scope.Add("Add", "mean_and_epsilon", [mean, scope.Nodes.Float(epsilon)])]);
        return scope.Add("Mul", part, [scope.Add("Div", "scaled", [x, root]), weight]);
    }
}
