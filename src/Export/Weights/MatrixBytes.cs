using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>A part of a quantised weight as bytes, made when they are written.</summary>
/// <param name="latest">Gives the matrix.</param>
/// <param name="name">Of the weight.</param>
/// <param name="length">Bytes.</param>
/// <param name="part">The part's bytes, little-endian.</param>
internal sealed class MatrixBytes(LatestMatrix latest, string name, long length, MatrixBytes.Part part) : ITensorBytes
{
    /// <summary>Looks at a part of a matrix as bytes.</summary>
    internal delegate ReadOnlySpan<byte> Part(QuantizedMatrix matrix);

    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) =>
        part(latest.Of(name)).Slice(checked((int)offset), destination.Length).CopyTo(destination);
}
