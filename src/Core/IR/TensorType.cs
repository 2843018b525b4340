namespace Flightc.IR;

/// <summary>Element type and shape of a value, such as <c>f32[T,256]</c>. Equal when both are equal.</summary>
public sealed class TensorType(ElementType element, params IReadOnlyList<Dim> shape) : IEquatable<TensorType>
{
    /// <summary>What the elements are.</summary>
    public ElementType Element { get; } = element;

    /// <summary>Extents, outermost first; rows are contiguous.</summary>
    public IReadOnlyList<Dim> Shape { get; } = shape;

    /// <summary>The last extent.</summary>
    public long Columns => Shape[^1].Size;

    /// <inheritdoc/>
    public bool Equals(TensorType? other) =>
        other is not null && Element == other.Element && Shape.SequenceEqual(other.Shape);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorType);

    /// <inheritdoc/>
    public override int GetHashCode() => Shape.Aggregate((int)Element, HashCode.Combine);

    /// <summary>The form of the text: <c>i8t[T,256]</c>.</summary>
    public override string ToString() => $"{NameOf(Element)}[{string.Join(',', Shape)}]";

    /// <summary>The element type's name in text.</summary>
    public static string NameOf(ElementType element) => element switch
    {
        ElementType.F32 => "f32",
        ElementType.F16 => "f16",
        ElementType.BF16 => "bf16",
        ElementType.F64 => "f64",
        ElementType.I32 => "i32",
        ElementType.I8T => "i8t",
        ElementType.I8H => "i8h",
        ElementType.I8K => "i8k",
        ElementType.I4K => "i4k",
    };
}
