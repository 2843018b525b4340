namespace Flightc.Onnx.Reading;

/// <summary>A graph within a node, as the file has it.</summary>
internal sealed record RawGraphAttribute(string Name, RawGraph Value) : OnnxAttribute(Name);
