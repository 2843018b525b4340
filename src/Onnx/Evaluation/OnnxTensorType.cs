namespace Flightc.Onnx.Evaluation;

/// <summary>Element type and extents of a value, all known.</summary>
/// <param name="ElementType">What the elements are.</param>
/// <param name="Shape">Extents, outermost first; empty for a scalar.</param>
public sealed record OnnxTensorType(OnnxElementType ElementType, long[] Shape)
{
    /// <summary>The type of a tensor.</summary>
    public static OnnxTensorType Of(OnnxTensor tensor) => new(tensor.ElementType, [.. tensor.Shape]);

    /// <summary>How many extents.</summary>
    public int Rank => Shape.Length;

    /// <summary>The product of the extents.</summary>
    /// <exception cref="OverflowException">It does not fit; the types that <see cref="Evaluator"/> gives always do.</exception>
    public long ElementCount => Shapes.Count(Shape);

    /// <inheritdoc/>
    public bool Equals(OnnxTensorType? other) => other is not null && ElementType == other.ElementType && Shape.AsSpan().SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(ElementType);
        foreach (long extent in Shape)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    /// <summary>Such as <c>float[2,3]</c>.</summary>
    public override string ToString() => OnnxElementTypes.OnnxName(ElementType) + Shapes.Text(Shape);
}
