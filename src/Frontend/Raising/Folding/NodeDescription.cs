using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Nodes in words.</summary>
internal static class NodeDescription
{
    /// <summary>Such as <c>(Softmax of ai.onnx 17 on float[1,8,5,5])</c>.</summary>
    public static string Of(OnnxNode node, Specialisation graph)
    {
        IEnumerable<string> types = node.Inputs.Select(i => i.Length == 0 ? "nothing" : graph.TypeOf(i).ToString());
        return $"({Excerpt.Of(node.OpType)} of {OperatorDefinition.NameOfDomain(node.Domain)} {node.Version} on {string.Join(", ", types)})";
    }
}
