namespace Flightc.Onnx;

/// <summary>The bytes of a tensor as ONNX defines <c>raw_data</c>: little-endian, row-major, elements below a byte packed from the lowest bits up.</summary>
/// <remarks>They may lie in memory or in a mapped file, and may be more than an array can hold. Reading is safe from several threads.</remarks>
public interface ITensorBytes
{
    /// <summary>How many there are.</summary>
    long Length { get; }

    /// <summary>Copies bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="Diagnostics.CompilationException">The file cannot be read any more.</exception>
    void Read(long offset, Span<byte> destination);
}
