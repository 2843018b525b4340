namespace Flightc.IR;

/// <summary>What the elements of a tensor are. Formats of activations are defined in docs/numerics.md §2.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,

    /// <summary>IEEE 754 binary64; weights only, rounded to binary32 when read.</summary>
    F64,

    /// <summary>Signed 32-bit integers: token ids.</summary>
    I32,

    /// <summary>INT8 codes with a binary32 scale per token.</summary>
    I8T,

    /// <summary>INT8 codes with a binary32 scale per token and head.</summary>
    I8H,

    /// <summary>INT8 codes with a binary16 scale per token and head: the form of the KV cache.</summary>
    I8K,
}

/// <summary>One extent of a shape: a constant, or the number of tokens, which is known only when the program runs.</summary>
/// <param name="Size">The constant, at least 0; -1 for the number of tokens.</param>
public readonly record struct Dim(long Size)
{
    /// <summary>The number of tokens of a step, written <c>T</c>.</summary>
    public static Dim Tokens { get; } = new(-1);

    /// <summary>Whether this is <see cref="Tokens"/>.</summary>
    public bool IsTokens => Size < 0;

    /// <summary>A constant extent.</summary>
    public static implicit operator Dim(long size) => new(size);

    /// <summary><c>T</c> or the number.</summary>
    public override string ToString() => IsTokens ? "T" : Size.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

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
    };
}
