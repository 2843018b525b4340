using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>An input of an exported decoder, recognised.</summary>
/// <param name="Value">As the graph declares it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="PastAxis">Of past keys and values: the axis of tokens; -1 for other kinds.</param>
internal sealed record DecoderInput(OnnxValue Value, InputKind Kind, int PastAxis = -1)
{
    /// <summary>Its name.</summary>
    public string Name => Value.Name;

    /// <summary>The size that the file fixes for an axis, or null.</summary>
    public int? FixedSize(int axis) =>
        Value.Shape is { } shape && axis >= 0 && axis < shape.Count && shape[axis].Size is > 0 and <= int.MaxValue and { } size ? (int)size : null;
}
