namespace Flightc.Onnx;

/// <summary>Bytes of a tensor in memory.</summary>
public sealed class MemoryBytes(ReadOnlyMemory<byte> bytes) : ITensorBytes
{
    /// <inheritdoc/>
    public long Length => bytes.Length;

    /// <summary>All of them.</summary>
    public ReadOnlySpan<byte> Span => bytes.Span;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) =>
        bytes.Span.Slice(checked((int)offset), destination.Length).CopyTo(destination);
}
