using System.Runtime.InteropServices;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Weights stored as codes with a scale for each block of columns, shown as the floats <c>(code - zero point) · scale</c> that they stand for.</summary>
/// <remarks>Codes of 2, 4 or 8 bits, the lowest bits of a byte first, each row and block at a byte of its own; zero points are packed codes or floats. The layout is that of
/// <c>com.microsoft.MatMulNBits</c> (ContribOperators.md of ONNX Runtime). Rows are decoded when they are read.</remarks>
internal sealed class BlockQuantizedBytes : ITensorBytes
{
    private readonly OnnxTensor _codes;
    private readonly OnnxTensor _scales;
    private readonly OnnxTensor? _zeros;
    private readonly long[]? _groups;
    private readonly int _bits;
    private readonly int _blockSize;
    private readonly int _blocks;
    private readonly int _rowBytes;
    private readonly bool _isSigned;

    private BlockQuantizedBytes(OnnxTensor codes, OnnxTensor scales, OnnxTensor? zeros, long[]? groups, int rows, int columns, int blockSize, int bits, bool isSigned)
    {
        (_codes, _scales, _zeros, _groups, _bits, _blockSize, _isSigned) = (codes, scales, zeros, groups, bits, blockSize, isSigned);
        (Rows, Columns) = (rows, columns);
        _blocks = (columns + blockSize - 1) / blockSize;
        _rowBytes = checked((int)(codes.Data.Length / rows));
    }

    /// <summary>Rows of the weight.</summary>
    public int Rows { get; }

    /// <summary>Columns of the weight.</summary>
    public int Columns { get; }

    /// <inheritdoc/>
    public long Length => (long)Rows * Columns * sizeof(float);

    /// <summary>The weight, or null where sizes do not fit.</summary>
    public static BlockQuantizedBytes? Create(
        Constant codes, Constant scales, Constant? zeros, Constant? groups, int rows, int columns, int blockSize, int bits)
    {
        if (bits is not (2 or 4 or 8) || blockSize < 1 || rows < 1 || columns < 1)
        {
            return null;
        }

        long blocks = (columns + blockSize - 1) / blockSize;
        long perRow = codes.Type.Shape.Skip(1).Aggregate(1L, (n, d) => n * d);
        bool isPacked = codes.Type.ElementType == OnnxElementType.UInt8;
        long wanted = isPacked ? (codes.Type.Rank == 3 ? blocks * blockSize : columns) * bits / 8 : columns;
        if (codes.Type.Shape[0] != rows || perRow != wanted || scales.Type.ElementCount != rows * blocks || (groups is not null && groups.Type.ElementCount != columns)
            || codes.Value.Data.Length % rows != 0)
        {
            return null;
        }

        bool isSigned = codes.Type.ElementType is OnnxElementType.Int4 or OnnxElementType.Int8;
        return zeros is not null && zeros.Type.ElementCount != (IsPacked(zeros.Type.ElementType) ? rows * (((blocks * bits) + 7) / 8) : rows * blocks)
            ? null
            : new BlockQuantizedBytes(
                codes.Value, scales.Value, zeros?.Value, groups is null ? null : TensorElements.ToLongs(groups.Value), rows, columns, blockSize, bits, isSigned);
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        // Whole floats: whoever reads asks for elements.
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        long start = offset / sizeof(float);
        byte[] row = new byte[_rowBytes];
        while (values.Length > 0)
        {
            (long index, long column) = Math.DivRem(start, Columns);
            int count = (int)Math.Min(Columns - column, values.Length);
            _codes.Data.Read(index * _rowBytes, row);
            ReadOnlySpan<float> scales = TensorRange.Floats(_scales, index * _blocks, _blocks), zeros = Zeros(index);
            for (int i = 0; i < count; i++)
            {
                values[i] = Value(row, scales, zeros, (int)column + i);
            }

            values = values[count..];
            start += count;
        }
    }

    private float Value(byte[] row, ReadOnlySpan<float> scales, ReadOnlySpan<float> zeros, int column)
    {
        int block = _groups is null ? column / _blockSize : (int)Math.Clamp(_groups[column], 0, _blocks - 1);
        int code = Code(row, column), half = 1 << (_bits - 1);
        float zero = zeros.Length > 0 ? zeros[block] : _isSigned ? 0 : half;
        float signed = _isSigned && code >= half ? code - (2 * half) : code;
        return (signed - zero) * scales[block];
    }

    // The zero points of a row; empty where there are none.
    private ReadOnlySpan<float> Zeros(long row)
    {
        if (_zeros is null || !IsPacked(_zeros.ElementType))
        {
            return _zeros is null ? [] : TensorRange.Floats(_zeros, row * _blocks, _blocks);
        }

        byte[] packed = new byte[((_blocks * _bits) + 7) / 8];
        _zeros.Data.Read(row * packed.Length, packed);
        float[] values = new float[_blocks];
        for (int block = 0; block < values.Length; block++)
        {
            values[block] = Code(packed, block);
        }

        return values;
    }

    private int Code(byte[] packed, int index)
    {
        int perByte = 8 / _bits;
        return (packed[index / perByte] >> (index % perByte * _bits)) & ((1 << _bits) - 1);
    }

    private static bool IsPacked(OnnxElementType type) =>
        type is not (OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Int4 or OnnxElementType.UInt4);
}
