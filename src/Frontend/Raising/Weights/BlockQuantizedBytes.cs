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
    private readonly float[] _scales;
    private readonly float[]? _zeros;
    private readonly long[]? _groups;
    private readonly int _bits;
    private readonly int _blockSize;
    private readonly int _blocks;
    private readonly int _rowBytes;
    private readonly bool _isSigned;

    private BlockQuantizedBytes(OnnxTensor codes, float[] scales, float[]? zeros, long[]? groups, int rows, int columns, int blockSize, int bits, bool isSigned)
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
        float[]? offsets = zeros is null ? null : Zeros(zeros, rows, (int)blocks, bits);
        return zeros is not null && offsets is null
            ? null
            : new BlockQuantizedBytes(
                codes.Value, TensorElements.ToFloats(scales.Value), offsets, groups is null ? null : TensorElements.ToLongs(groups.Value), rows, columns, blockSize, bits, isSigned);
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
            for (int i = 0; i < count; i++)
            {
                values[i] = Value(row, (int)index, (int)column + i);
            }

            values = values[count..];
            start += count;
        }
    }

    private float Value(byte[] row, int index, int column)
    {
        int block = _groups is null ? column / _blockSize : (int)Math.Clamp(_groups[column], 0, _blocks - 1);
        int perByte = 8 / _bits, code = (row[column / perByte] >> (column % perByte * _bits)) & ((1 << _bits) - 1);
        int half = 1 << (_bits - 1);

        // Codes in bytes are offset by half their range where nothing is said; the types of 4 bits are numbers as they are.
        float zero = _zeros?[(index * _blocks) + block] ?? (_codes.ElementType is OnnxElementType.UInt8 ? half : 0);
        float signed = _isSigned && code >= half ? code - (2 * half) : code;
        return (signed - zero) * _scales[(index * _blocks) + block];
    }

    private static float[]? Zeros(Constant zeros, int rows, int blocks, int bits)
    {
        if (zeros.Type.ElementType is OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Int4 or OnnxElementType.UInt4)
        {
            return zeros.Type.ElementCount == (long)rows * blocks ? TensorElements.ToFloats(zeros.Value) : null;
        }

        int rowBytes = ((blocks * bits) + 7) / 8, perByte = 8 / bits;
        if (zeros.Type.ElementCount != (long)rows * rowBytes)
        {
            return null;
        }

        ReadOnlySpan<byte> packed = TensorElements.Bytes(zeros.Value);
        float[] values = new float[rows * blocks];
        for (int i = 0; i < values.Length; i++)
        {
            int block = i % blocks;
            values[i] = (packed[(i / blocks * rowBytes) + (block / perByte)] >> (block % perByte * bits)) & ((1 << bits) - 1);
        }

        return values;
    }
}
