namespace Flightc.Container;

/// <summary>
/// One entry of a safetensors header, checked: its bytes lie in the file and are as many as its shape needs.
/// </summary>
/// <param name="Name">The key in the header.</param>
/// <param name="Type">How elements are stored.</param>
/// <param name="Shape">Elements per dimension, outermost first; empty for a scalar; a dimension can be 0.</param>
/// <param name="Begin">First byte, counted from the end of the header. Nothing is known of its alignment.</param>
/// <param name="End">One past the last byte, counted from the end of the header.</param>
public sealed record SafetensorsTensor(string Name, StoredType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Number of bytes.</summary>
    public long ByteLength => End - Begin;

    /// <summary>Number of elements, the product of <see cref="Shape"/>.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);
}
