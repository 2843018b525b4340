using Flightc.IR;

namespace Flightc.Export;

/// <summary>Norms whose results stay floats in a quantised Graph: sums in the order of the numerics contract.</summary>
internal static class QuantizedNormExport
{
    /// <summary>Writes an <see cref="RmsNorm"/> or a <see cref="LayerNorm"/>.</summary>
    public static ExportedValue Write(ExportContext context, Node node)
    {
        NodeScope scope = context.ScopeOf(node);
        long n = context.Weight(node, 1).Type.Columns;
        string rows = scope.Reshape("rows", context.Value(node, 0).Name, -1, n);
        bool isLayer = node.Op is LayerNorm;
        string x = isLayer ? scope.Add("Sub", "difference", [rows, Mean(scope.Within("mean"), rows, n)]) : rows;
        float epsilon = node.Op is LayerNorm layer ? layer.Epsilon : ((RmsNorm)node.Op).Epsilon;
        string scaled = scope.Add("Mul", "scaled", [x, Factor(scope, x, n, epsilon)]);
        string weighted = scope.Add("Mul", "weighted", [scaled, context.Weights.Floats(context.Weight(node, 1))]);
        string result = node.Op is LayerNorm { HasBias: true }
            ? scope.Add("Add", "biased", [weighted, context.Weights.Floats(context.Weight(node, 2))])
            : weighted;
        return new ExportedValue(scope.Reshape("", result, -1, node.Type.Columns));
    }

    /// <summary><c>1 ÷ √(mean x² + ε)</c> of every row.</summary>
    public static string Factor(NodeScope scope, string x, long n, float epsilon)
    {
        string mean = Mean(scope.Within("mean_square"), scope.Add("Mul", "squares", [x, x]), n);
        string root = scope.Add("Sqrt", "root", [scope.Add("Add", "mean_and_epsilon", [mean, scope.Nodes.Float(epsilon)])]);

        // Not a division of 1: ONNX Runtime makes one division of it and of the product behind it, which rounds once where the contract rounds twice.
        return scope.Add("Reciprocal", "factor", [root]);
    }

    private static string Mean(NodeScope scope, string x, long n) => scope.Add("Div", "", [ContractSum.Of(scope, x, n), scope.Nodes.Float(n)]);
}
