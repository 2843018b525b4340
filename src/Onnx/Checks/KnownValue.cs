using Flightc.Onnx.Evaluation;

namespace Flightc.Onnx.Checks;

/// <summary>What is known of a value before the model runs.</summary>
/// <param name="ElementType">Null where neither the file states it nor an operator tells it.</param>
/// <param name="Shape">Null where not even the rank is known.</param>
/// <param name="IsExact">
/// Whether all extents are known. Otherwise those that are known only when the model runs were taken as 1, which every operator that broadcasts accepts, and only the rank counts.
/// </param>
/// <param name="Tensor">The value itself where it is a small constant.</param>
internal sealed record KnownValue(OnnxElementType? ElementType, long[]? Shape, bool IsExact, OnnxTensor? Tensor)
{
    // Shapes and axes are small; nothing else that types depend on is looked at.
    private const long MaxElements = 4096;

    /// <summary>Nothing.</summary>
    public static KnownValue Nothing { get; } = new(null, null, false, null);

    /// <summary>Both parts of the type, or null.</summary>
    public OnnxTensorType? Type => ElementType is { } type && Shape is not null ? new OnnxTensorType(type, Shape) : null;

    /// <summary>A constant.</summary>
    public static KnownValue Of(OnnxTensor tensor) => new(tensor.ElementType, [.. tensor.Shape], true, tensor.ElementCount <= MaxElements ? tensor : null);

    /// <summary>What a graph states.</summary>
    public static KnownValue Of(OnnxValue value) => new(
        value.ElementType == OnnxElementType.Undefined ? null : value.ElementType,
        value.Shape is { } shape ? [.. shape.Select(d => d.Size ?? 1)] : null, value.Shape?.All(d => d.Size is not null) ?? false, null);

    /// <summary>Such as <c>FLOAT[2,3]</c>, or <c>FLOAT</c> where the shape is not known.</summary>
    public override string ToString() => IsExact && Type is { } type ? type.ToString() : ElementType is { } element ? OnnxElementTypes.OnnxName(element) : "something";
}
