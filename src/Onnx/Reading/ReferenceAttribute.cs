namespace Flightc.Onnx.Reading;

/// <summary>Within a function: an attribute whose value the call gives.</summary>
/// <param name="Name">Of the attribute of this node.</param>
/// <param name="Of">Of the attribute of the function.</param>
internal sealed record ReferenceAttribute(string Name, string Of) : OnnxAttribute(Name);
