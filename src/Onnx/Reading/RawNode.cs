namespace Flightc.Onnx.Reading;

/// <summary>A node as the file has it: perhaps the call of a function.</summary>
internal sealed class RawNode
{
    public string Name { get; set; } = "";

    public string Domain { get; set; } = "";

    public string OpType { get; set; } = "";

    public string Overload { get; set; } = "";

    /// <summary>The opset versions that hold where the node stands: the model's, or those of the function that it comes from.</summary>
    public IReadOnlyDictionary<string, int>? Opsets { get; set; }

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<OnnxAttribute> Attributes { get; } = [];
}
