namespace Flightc.Onnx.Reading;

/// <summary>A graph as the file has it: nothing is known yet of names and order.</summary>
internal sealed class RawGraph
{
    public string Name { get; set; } = "";

    public List<OnnxValue> Inputs { get; } = [];

    public List<OnnxValue> Outputs { get; } = [];

    public List<OnnxTensor> Initializers { get; } = [];

    public List<OnnxValue> Values { get; } = [];

    public List<RawNode> Nodes { get; } = [];
}
