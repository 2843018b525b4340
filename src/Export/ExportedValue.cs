namespace Flightc.Export;

/// <summary>What stands for a value of the Graph in the ONNX graph.</summary>
/// <param name="Name">The tensor [tokens, n]: the numbers themselves, or the codes of a quantised value, integers in binary32.</param>
/// <param name="Scale">The scales of a quantised value: [tokens, 1], or [tokens, heads] where every head has one; empty for floats.</param>
internal readonly record struct ExportedValue(string Name, string Scale = "");
