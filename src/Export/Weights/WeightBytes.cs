using System.Buffers.Binary;
using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>The elements of a float weight in the type they have in the file, read when they are written.</summary>
/// <remarks>A weight of 16 bits went to binary32 exactly, and comes back exactly.</remarks>
internal sealed class WeightBytes(IWeights weights, Weight weight) : ITensorBytes
{
    // Elements converted at a time.
    private const int Piece = 1 << 14;

    private readonly OnnxElementType _type = ExportedWeights.StorageOf(weight);

    /// <inheritdoc/>
    public long Length => weight.Type.Shape.Aggregate((long)ElementBytes, (product, d) => checked(product * d.Size));

    private int ElementBytes => _type == OnnxElementType.Float ? sizeof(float) : sizeof(ushort);

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        (long first, long misaligned) = Math.DivRem(offset, ElementBytes);
        if (misaligned != 0 || destination.Length % ElementBytes != 0)
        {
            ReadWithin(first, (int)misaligned, destination);
            return;
        }

        float[] values = new float[Math.Min(Piece, destination.Length / ElementBytes)];
        for (int at = 0; at < destination.Length;)
        {
            Span<float> some = values.AsSpan(0, Math.Min(values.Length, (destination.Length - at) / ElementBytes));
            weights.Read(weight.Name, first + (at / ElementBytes), some);
            foreach (float value in some)
            {
                Write(value, destination[at..]);
                at += ElementBytes;
            }
        }
    }

    // A part of which the ends lie within elements.
    private void ReadWithin(long first, int skipped, Span<byte> destination)
    {
        int elements = (skipped + destination.Length + ElementBytes - 1) / ElementBytes;
        byte[] whole = new byte[elements * ElementBytes];
        Read(first * ElementBytes, whole);
        whole.AsSpan(skipped, destination.Length).CopyTo(destination);
    }

    private void Write(float value, Span<byte> to)
    {
        if (_type == OnnxElementType.Float16)
        {
            BinaryPrimitives.WriteHalfLittleEndian(to, (Half)value);
        }
        else if (_type == OnnxElementType.BFloat16)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
        }
        else
        {
            BinaryPrimitives.WriteSingleLittleEndian(to, value);
        }
    }
}
