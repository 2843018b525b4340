using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>What becomes of ONNX operators whose operands depend on tokens: the table of docs/onnx-operators.md.</summary>
/// <remarks>Whatever depends on lengths alone is evaluated, whichever operator it is; those are the others.</remarks>
public static class RaisedOperators
{
    private const int Opset = 21;

    private static readonly Dictionary<(string Domain, string Name), string> Direct = new()
    {
        [("", "Gather")] = "embedding, positions; moved",
        [("", "MatMul")] = "linear, attention",
        [("", "Gemm")] = "linear",
        [("", "Add")] = "bias, positions, add",
        [("", "Mul")] = "mul, scale, part of others",
        [("", "Softmax")] = "attention",
        [("", "LayerNormalization")] = "layer_norm",
        [("", "RMSNormalization")] = "rms_norm",
        [("", "SimplifiedLayerNormalization")] = "rms_norm",
        [("", "Relu")] = "relu",
        [("", "Gelu")] = "gelu, gelu_tanh",
        [("", "Swish")] = "silu, quick_gelu",
        [("com.microsoft", "QuickGelu")] = "quick_gelu",
        [("com.microsoft", "FastGelu")] = "gelu_tanh",
        [("com.microsoft", "BiasGelu")] = "bias and gelu",
        [("com.microsoft", "Gelu")] = "gelu",
        [("", "If")] = "the branch that lengths choose",
        [("", "RotaryEmbedding")] = "rotary_embedding",
        [("com.microsoft", "RotaryEmbedding")] = "rotary_embedding",
        [("com.microsoft", "MatMulNBits")] = "linear",
        [("com.microsoft", "GatherBlockQuantized")] = "embedding",
    };

    /// <summary>For an operator, in words, what it becomes; operators that are not raised are missing.</summary>
    public static IReadOnlyDictionary<(string Domain, string Name), string> Table { get; } = Create();

    private static Dictionary<(string Domain, string Name), string> Create()
    {
        Dictionary<(string, string), string> table = new(Direct);
        foreach ((string Domain, string Name) operation in Expansions.Operators)
        {
            table.TryAdd(operation, operation.Name.EndsWith("Attention", StringComparison.Ordinal) ? "attention" : "written out");
        }

        foreach (string name in MovementRule.Operators)
        {
            table.TryAdd(("", name), "moved");
        }

        foreach (Onnx.Evaluation.OperatorDefinition definition in Onnx.Evaluation.OperatorTable.All)
        {
            OnnxNode node = new("", definition.Domain, definition.Name, Opset, [], [], new Dictionary<string, OnnxAttribute>());
            List<string> kinds = [];
            Add("a norm", Parts.IsOfNorm(node));
            Add("a function", Parts.IsOfFunction(node));
            Add("heads", Parts.IsOfHeads(node));
            Add("scores", Parts.IsOfScores(node));
            if (kinds.Count > 0)
            {
                table.TryAdd((definition.Domain, definition.Name), "part of " + string.Join(", ", kinds));
            }

            void Add(string kind, bool isPart)
            {
                if (isPart)
                {
                    kinds.Add(kind);
                }
            }
        }

        return table;
    }
}
