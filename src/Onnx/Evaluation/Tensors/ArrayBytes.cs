using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Flightc.Onnx.Evaluation;

/// <summary>Bytes of a tensor that was computed: an array of its elements. It is not written to once it is here.</summary>
internal sealed class ArrayBytes<T>(T[] elements) : ITensorBytes, IMemoryBytes
    where T : unmanaged
{
    /// <inheritdoc/>
    public long Length => (long)elements.Length * Unsafe.SizeOf<T>();

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Span => MemoryMarshal.AsBytes(elements.AsSpan());

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) => Span.Slice(checked((int)offset), destination.Length).CopyTo(destination);
}
