using System.Runtime.InteropServices;
using Flightc.IR;
using Flightc.Models;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>An initializer of an ONNX file, read in place.</summary>
/// <param name="tensor">Of a floating type that weights can have.</param>
/// <param name="shape">Its extents as the weight wants them: as many elements in the same order.</param>
/// <param name="location">The model's file.</param>
internal sealed class OnnxTensorSource(OnnxTensor tensor, IReadOnlyList<long> shape, string location) : ITensorSource
{
    // Converted at once.
    private const int Piece = 1 << 12;

    /// <inheritdoc/>
    public string Name => tensor.Name;

    /// <inheritdoc/>
    public string Location => location;

    /// <inheritdoc/>
    public ElementType ElementType => Find(tensor.ElementType)!.Value;

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape => shape;

    /// <summary>The Graph's name of an element type; null for types that weights cannot have.</summary>
    public static ElementType? Find(OnnxElementType type) => type switch
    {
        OnnxElementType.Float => ElementType.F32,
        OnnxElementType.Float16 => ElementType.F16,
        OnnxElementType.BFloat16 => ElementType.BF16,
        OnnxElementType.Double => ElementType.F64,
        _ => null,
    };

    /// <inheritdoc/>
    public void ReadFloats(long start, Span<float> destination)
    {
        if (tensor.ElementType == OnnxElementType.Float)
        {
            ReadElements(start, MemoryMarshal.AsBytes(destination));
            return;
        }

        int bytes = TensorElements.Bytes(ElementType);
        Span<byte> piece = stackalloc byte[Piece * bytes];
        for (int at = 0; at < destination.Length; at += Piece)
        {
            Span<float> part = destination.Slice(at, Math.Min(Piece, destination.Length - at));
            Span<byte> stored = piece[..(part.Length * bytes)];
            ReadElements(start + at, stored);
            for (int i = 0; i < part.Length; i++)
            {
                part[i] = tensor.ElementType switch
                {
                    OnnxElementType.Float16 => (float)MemoryMarshal.Cast<byte, Half>(stored)[i],
                    OnnxElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Cast<byte, ushort>(stored)[i] << 16),
                    _ => (float)MemoryMarshal.Cast<byte, double>(stored)[i],
                };
            }
        }
    }

    /// <inheritdoc/>
    public void ReadElements(long start, Span<byte> destination) => tensor.Data.Read(start * TensorElements.Bytes(ElementType), destination);
}
