namespace Flightc.Onnx;

/// <summary>A tensor with its data: an initializer, a constant of a node, or a value of the evaluator. Immutable.</summary>
/// <param name="elementType">What the elements are.</param>
/// <param name="shape">Extents, outermost first; empty for a scalar.</param>
/// <param name="data">As many bytes as type and shape say.</param>
/// <param name="name">The initializer's name; empty otherwise.</param>
public sealed class OnnxTensor(OnnxElementType elementType, long[] shape, ITensorBytes data, string name = "")
{
    /// <summary>The initializer's name; empty otherwise.</summary>
    public string Name { get; } = name;

    /// <summary>What the elements are.</summary>
    public OnnxElementType ElementType { get; } = elementType;

    /// <summary>Extents, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; } = shape;

    /// <summary>The elements.</summary>
    public ITensorBytes Data { get; } = data;

    /// <summary>The product of the extents; 1 for a scalar. The reader has checked that it fits.</summary>
    public long ElementCount { get; } = shape.Contains(0) ? 0 : shape.Aggregate(1L, (product, extent) => checked(product * extent));
}
