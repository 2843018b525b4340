using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Stands for the data of a value of which only the type is known.</summary>
internal sealed class ShapeOnlyBytes(long length) : ITensorBytes
{
    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) => throw new InvalidOperationException("a value of which only the type is known is read");
}
