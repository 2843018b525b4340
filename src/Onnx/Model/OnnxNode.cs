namespace Flightc.Onnx;

/// <summary>An operation of an ONNX graph.</summary>
/// <param name="Name">As the file has it, or <c>#12 (Softmax)</c> by place where it has none.</param>
/// <param name="Domain">Of the operator; empty for the standard's own (also where the file says <c>ai.onnx</c>).</param>
/// <param name="OpType">The operator, such as <c>Softmax</c>.</param>
/// <param name="Version">The opset version imported for the domain.</param>
/// <param name="Inputs">Names of values; empty for an optional input that is left out.</param>
/// <param name="Outputs">Names of values; empty for an output that nobody wants.</param>
/// <param name="Attributes">By name.</param>
public sealed record OnnxNode(
    string Name, string Domain, string OpType, int Version, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs,
    IReadOnlyDictionary<string, OnnxAttribute> Attributes);
