using System.Runtime.InteropServices;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Checkpoints;

/// <summary>
/// A tensor of a checkpoint, readable as binary32 without holding more of it than the caller's buffer.
/// </summary>
/// <remarks>Valid as long as the checkpoint is open. Reading is safe from several threads.</remarks>
public sealed class CheckpointTensor
{
    // A span ends below 2^31 bytes; the widest element has 8.
    private const int ElementsPerPiece = 1 << 27;

    private readonly SafetensorsFile _file;
    private readonly SafetensorsTensor _tensor;

    internal CheckpointTensor(SafetensorsFile file, SafetensorsTensor tensor)
    {
        _file = file;
        _tensor = tensor;
        ElementCount = tensor.ElementCount;
    }

    /// <summary>The name in the checkpoint, such as <c>model.layers.0.mlp.down_proj.weight</c>.</summary>
    public string Name => _tensor.Name;

    /// <summary>How elements are stored.</summary>
    public StoredType ElementType => _tensor.Type;

    /// <summary>Elements per dimension, outermost first; empty for a scalar.</summary>
    public long[] Shape => _tensor.Shape;

    /// <summary>The product of <see cref="Shape"/>.</summary>
    public long ElementCount { get; }

    /// <summary>The file that holds it.</summary>
    public string FilePath => _file.Path;

    /// <summary>Bytes in the file.</summary>
    public long ByteLength => _tensor.ByteLength;

    /// <summary>Whether <see cref="ReadFloats"/> can read <see cref="ElementType"/>.</summary>
    public bool IsFloat => ElementType is StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64;

    /// <summary>Raw bytes as stored.</summary>
    /// <param name="byteOffset">From the tensor's first byte.</param>
    /// <param name="byteCount">At most 2^31 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    public ReadOnlySpan<byte> Bytes(long byteOffset, int byteCount) => _file.Span(_tensor, byteOffset, byteCount);

    /// <summary>Elements in storage order as binary32: F16, BF16 and F32 exactly, F64 rounded half to even.</summary>
    /// <param name="start">Index of the first element, row-major.</param>
    /// <param name="destination">As many elements as are wanted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="CompilationException"><see cref="Codes.TensorTypeUnsupported"/>: not one of these
    /// types.</exception>
    public void ReadFloats(long start, Span<float> destination)
    {
        if (!IsFloat)
        {
            throw new CompilationException(
                Codes.TensorTypeUnsupported,
                $"tensor '{Excerpt.Of(Name)}' is stored as {ElementType.Name()}; F32, F16, BF16 or F64 is wanted",
                FilePath,
                "export the checkpoint in one of these types; codes are read where quantization_config in config.json says what they are");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, ElementCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, ElementCount - start);
        while (destination.Length > 0)
        {
            int count = Math.Min(destination.Length, ElementsPerPiece);
            ReadPiece(start, destination[..count]);
            start += count;
            destination = destination[count..];
        }
    }

    private void ReadPiece(long start, Span<float> destination)
    {
        int elementBytes = ElementType.Bits() / 8;
        ReadOnlySpan<byte> source = Bytes(start * elementBytes, destination.Length * elementBytes);
        switch (ElementType)
        {
            case StoredType.F16:
                FloatConversion.FromHalf(source, destination);
                break;
            case StoredType.BF16:
                FloatConversion.FromBFloat16(source, destination);
                break;
            case StoredType.F64:
                FloatConversion.FromDouble(source, destination);
                break;
            default:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
        }

        // The mapping must outlive the span above.
        GC.KeepAlive(_file);
    }
}
