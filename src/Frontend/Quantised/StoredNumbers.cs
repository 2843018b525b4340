using System.Buffers.Binary;
using Flightc.Checkpoints;
using Flightc.Container;

namespace Flightc.Quantised;

/// <summary>Elements of a stored tensor as binary32: floats of 8 to 32 bits and integers of 8 bits exactly.</summary>
internal static class StoredNumbers
{
    // Elements converted at once.
    private const int Piece = 4096;

    private static readonly float[] E4M3 = [.. Enumerable.Range(0, 256).Select(b => FromE4M3((byte)b))];
    private static readonly float[] E5M2 = [.. Enumerable.Range(0, 256).Select(b => (float)BitConverter.UInt16BitsToHalf((ushort)(b << 8)))];

    /// <summary>Whether <see cref="Read"/> can read a type.</summary>
    public static bool CanRead(StoredType type) => type is StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64 or StoredType.I8
        or StoredType.U8 or StoredType.F8E4M3 or StoredType.F8E5M2 or StoredType.I32 or StoredType.I64;

    /// <summary>Consecutive elements.</summary>
    /// <param name="tensor">Of a type that can be read.</param>
    /// <param name="start">Index of the first element, row-major.</param>
    /// <param name="destination">As many as are wanted.</param>
    public static void Read(CheckpointTensor tensor, long start, Span<float> destination)
    {
        if (tensor.IsFloat)
        {
            tensor.ReadFloats(start, destination);
            return;
        }

        int bytes = tensor.ElementType.Bits() / 8;
        for (int done = 0; done < destination.Length; done += Piece)
        {
            int count = Math.Min(Piece, destination.Length - done);
            Convert(tensor.ElementType, tensor.Bytes((start + done) * bytes, count * bytes), destination.Slice(done, count));
        }
    }

    /// <summary>Words of 32 bits.</summary>
    /// <param name="tensor">Of I32 or U32.</param>
    /// <param name="start">Index of the first word.</param>
    /// <param name="destination">As many as are wanted.</param>
    public static void ReadWords(CheckpointTensor tensor, long start, Span<uint> destination)
    {
        ReadOnlySpan<byte> bytes = tensor.Bytes(start * sizeof(uint), destination.Length * sizeof(uint));
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        }
    }

    private static void Convert(StoredType type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                StoredType.I8 => (sbyte)bytes[i],
                StoredType.U8 => bytes[i],
                StoredType.F8E4M3 => E4M3[bytes[i]],
                StoredType.F8E5M2 => E5M2[bytes[i]],
                StoredType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                StoredType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]),
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
            };
        }
    }

    // Micikevicius et al. 2022, "FP8 formats for deep learning": 4 bits of exponent with bias 7, 3 of mantissa, no infinity, S.1111.111 is NaN.
    private static float FromE4M3(byte bits)
    {
        int exponent = (bits >> 3) & 15, mantissa = bits & 7;
        float magnitude = (bits & 0x7F) == 0x7F ? float.NaN
            : exponent == 0 ? MathF.ScaleB(mantissa, -9)
            : MathF.ScaleB(8 + mantissa, exponent - 10);
        return bits >= 128 ? -magnitude : magnitude;
    }
}
