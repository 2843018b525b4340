namespace Flightc.Onnx.Wire;

/// <summary>The bytes of a file, or of memory, at 64-bit offsets. Reading is safe from several threads.</summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>How many there are.</summary>
    public abstract long Length { get; }

    /// <summary>Some of them, where they lie: nothing is copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all there.</exception>
    public abstract ReadOnlySpan<byte> Span(long offset, int count);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Refuses a range that is not within the bytes.</summary>
    protected void Require(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length - offset);
    }
}
