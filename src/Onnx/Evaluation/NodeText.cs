namespace Flightc.Onnx.Evaluation;

/// <summary>How messages speak of nodes.</summary>
internal static class NodeText
{
    /// <summary>Such as <c>(Softmax of ai.onnx 17 on float[2,3])</c>.</summary>
    public static string Describe(OnnxNode node, IReadOnlyList<OnnxTensorType?> types)
    {
        string inputs = types.Count == 0 ? "" : " on " + string.Join(", ", types.Select(t => t?.ToString() ?? "nothing"));
        return $"({node.OpType} of {OperatorDefinition.NameOfDomain(node.Domain)} {node.Version}{inputs})";
    }
}
