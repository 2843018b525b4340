namespace Flightc.Onnx.Wire;

/// <summary>Bytes in memory.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> bytes) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => bytes.Length;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Span(long offset, int count)
    {
        Require(offset, count);
        return bytes.Span.Slice((int)offset, count);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
