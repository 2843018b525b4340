using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Which operators regions of a kind consist of.</summary>
internal static class Parts
{
    private static readonly HashSet<string> OfFunctions = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "Cast", "Clip", "Div", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "Identity", "Log", "Max", "Min", "Mul", "Neg", "Pow", "Reciprocal", "Relu",
        "Sigmoid", "Softplus", "Sqrt", "Sub", "Swish", "Tanh", "Where", "Greater", "Less", "FastGelu", "QuickGelu",
    };

    private static readonly HashSet<string> OfNorms = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "Cast", "Clip", "Div", "Expand", "Identity", "Max", "Mul", "Neg", "Pow", "Reciprocal", "ReduceL2", "ReduceMean", "ReduceSum", "ReduceSumSquare", "Sqrt", "Sub",
    };

    private static readonly HashSet<string> OfHeads = new(StringComparer.Ordinal)
    {
        "Add", "Cast", "Concat", "Div", "Dropout", "Einsum", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "MatMul", "Mul", "Neg", "Pad", "Reshape",
        "RotaryEmbedding", "ScatterElements", "ScatterND", "Slice", "Split", "Squeeze", "Sub", "TensorScatter", "Tile", "Transpose", "Unsqueeze", "Where",
    };

    private static readonly HashSet<string> OfScores = new(StringComparer.Ordinal)
    {
        "Add", "Cast", "Clip", "Div", "Expand", "Identity", "Max", "Min", "Mul", "Reshape", "Squeeze", "Sub", "Tanh", "Unsqueeze", "Where",
    };

    /// <summary>Whether functions of one number are made of it.</summary>
    public static bool IsOfFunction(OnnxNode node) => node.Domain is "" or "com.microsoft" && OfFunctions.Contains(node.OpType);

    /// <summary>Whether norms are made of it.</summary>
    public static bool IsOfNorm(OnnxNode node) => node.Domain.Length == 0 && OfNorms.Contains(node.OpType);

    /// <summary>Whether it takes means or sums of a row.</summary>
    public static bool IsReduction(OnnxNode node) => node.Domain.Length == 0 && node.OpType.StartsWith("Reduce", StringComparison.Ordinal);

    /// <summary>Whether it moves, turns, scales or joins the elements of heads.</summary>
    public static bool IsOfHeads(OnnxNode node) => node.Domain is "" or "com.microsoft" && OfHeads.Contains(node.OpType);

    /// <summary>Whether scores are scaled, capped or masked by it.</summary>
    public static bool IsOfScores(OnnxNode node) => node.Domain.Length == 0 && OfScores.Contains(node.OpType);
}
