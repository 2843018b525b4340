using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Bytes of a tensor where they lie in a file.</summary>
internal sealed class RangeBytes(ByteRange range) : ITensorBytes
{
    /// <inheritdoc/>
    public long Length => range.Length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, range.Length - offset);
        range.Source.Span(range.Offset + offset, destination.Length).CopyTo(destination);
    }
}
