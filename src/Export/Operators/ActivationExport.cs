using Flightc.IR;

namespace Flightc.Export;

/// <summary>Functions of one number: of standard operators for a float Graph, by the numerics contract for a quantised one.</summary>
internal static class ActivationExport
{
    /// <summary>Writes the operation.</summary>
    public static ExportedValue Write(ExportContext context, Node node) =>
        new(Apply(context, context.ScopeOf(node), "", ((Activation)node.Op).Function, context.Value(node, 0).Name));

    /// <summary>Writes a function.</summary>
    /// <param name="context">The export.</param>
    /// <param name="scope">The operation.</param>
    /// <param name="part">What the result is within it; empty for its result.</param>
    /// <param name="function">The function.</param>
    /// <param name="x">Its argument.</param>
    public static string Apply(ExportContext context, NodeScope scope, string part, ActivationFunction function, string x) =>
        context.IsQuantized ? ContractFunctions.Apply(scope, part, function, x) : function switch
        {
            ActivationFunction.Silu => scope.Add("Mul", part, [x, scope.Add("Sigmoid", "sigmoid", [x])]),
            ActivationFunction.Gelu => Gelu(scope, part, x),
            ActivationFunction.GeluTanh => GeluTanh(scope, part, x),
            ActivationFunction.Relu => scope.Add("Relu", part, [x]),
            ActivationFunction.QuickGelu => QuickGelu(scope, part, x),
        };

    // x · (1 + erf(x ÷ √2)) · ½
    private static string Gelu(NodeScope scope, string part, string x)
    {
        string erf = scope.Add("Erf", "erf", [scope.Add("Div", "over_root", [x, scope.Nodes.Float(1.4142135623730951f)])]);
        string twice = scope.Add("Mul", "twice", [x, scope.Add("Add", "one_and_erf", [erf, scope.Nodes.Float(1)])]);
        return scope.Add("Mul", part, [twice, scope.Nodes.Float(0.5f)]);
    }

    // ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))
    private static string GeluTanh(NodeScope scope, string part, string x)
    {
        string cubed = scope.Add("Mul", "cubic_part", [scope.Add("Pow", "cubed", [x, scope.Nodes.Float(3)]), scope.Nodes.Float(0.044715f)]);
        string argument = scope.Add("Mul", "argument", [scope.Add("Add", "sum", [x, cubed]), scope.Nodes.Float(0.79788456080286536f)]);
        string one = scope.Add("Add", "one_and_tanh", [scope.Add("Tanh", "tanh", [argument]), scope.Nodes.Float(1)]);
        return scope.Add("Mul", part, [scope.Add("Mul", "half", [x, scope.Nodes.Float(0.5f)]), one]);
    }

    // x · sigmoid(1.702 · x)
    private static string QuickGelu(NodeScope scope, string part, string x) =>
        scope.Add("Mul", part, [x, scope.Add("Sigmoid", "sigmoid", [scope.Add("Mul", "argument", [x, scope.Nodes.Float(1.702f)])])]);
}
