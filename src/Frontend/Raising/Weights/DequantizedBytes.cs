using System.Runtime.InteropServices;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>A matrix of codes behind <c>DequantizeLinear</c>, shown as the floats <c>(code - zero point) · scale</c> that it stands for; decoded when it is read.</summary>
/// <remarks>One scale for all, for each row or column, or for each block of either (opset 21).</remarks>
internal sealed class DequantizedBytes : ITensorBytes
{
    private readonly OnnxTensor _codes;
    private readonly OnnxTensor _scales;
    private readonly OnnxTensor? _zeros;
    private readonly long _columns;

    // A scale serves so many rows and so many columns, and there are so many of them to a row.
    private readonly long _rowsOfScale;
    private readonly long _columnsOfScale;
    private readonly long _scalesPerRow;

    private DequantizedBytes(OnnxTensor codes, OnnxTensor scales, OnnxTensor? zeros, long rowsOfScale, long columnsOfScale)
    {
        (_codes, _scales, _zeros, _rowsOfScale, _columnsOfScale) = (codes, scales, zeros, rowsOfScale, columnsOfScale);
        _columns = codes.Shape[1];
        _scalesPerRow = (_columns + columnsOfScale - 1) / columnsOfScale;
    }

    /// <inheritdoc/>
    public long Length => _codes.ElementCount * sizeof(float);

    /// <summary>The matrix that a constant is, or null where it is none that is stored so.</summary>
    public static OnnxTensor? Of(Constant constant)
    {
        if (constant.Node is not { Domain: "", OpType: "DequantizeLinear" } node || constant.Inputs[0]?.Stored is not { Shape: [> 0 and var rows, > 0 and var columns] } codes
            || constant.Inputs[1]?.Stored is not { } scales)
        {
            return null;
        }

        Constant? given = constant.Inputs.Count > 2 ? constant.Inputs[2] : null;
        long block = Number(node, "block_size", 0), axis = Number(node, "axis", 1);
        axis += axis < 0 ? 2 : 0;
        (long rowsOfScale, long columnsOfScale) = (axis, block) switch
        {
            _ when scales.ElementCount == 1 => (rows, columns),
            (0, 0) => (1, columns),
            (1, 0) => (rows, 1),
            (0, > 0) => (block, 1),
            (1, > 0) => (1, block),
            _ => (0, 0),
        };
        if (rowsOfScale == 0 || (given is not null && (given.Stored is null || given.Type.ElementCount != scales.ElementCount))
            || scales.ElementCount != Ceiling(rows, rowsOfScale) * Ceiling(columns, columnsOfScale))
        {
            return null;
        }

        return new OnnxTensor(
            OnnxElementType.Float, [rows, columns], new DequantizedBytes(codes, scales, given?.Stored, rowsOfScale, columnsOfScale), codes.Name);
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        // Whole floats: whoever reads asks for elements.
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        long start = offset / sizeof(float);
        while (values.Length > 0)
        {
            (long row, long column) = Math.DivRem(start, _columns);
            int count = (int)Math.Min(_columns - column, values.Length);
            ReadRow(row, column, values[..count]);
            values = values[count..];
            start += count;
        }
    }

    private void ReadRow(long row, long column, Span<float> values)
    {
        long first = column / _columnsOfScale, end = ((column + values.Length - 1) / _columnsOfScale) + 1;
        long place = (row / _rowsOfScale * _scalesPerRow) + first;
        ReadOnlySpan<float> codes = TensorRange.Floats(_codes, (row * _columns) + column, values.Length);
        ReadOnlySpan<float> scales = TensorRange.Floats(_scales, place, (int)(end - first));
        ReadOnlySpan<float> zeros = _zeros is null ? [] : TensorRange.Floats(_zeros, place, (int)(end - first));
        for (int i = 0; i < values.Length; i++)
        {
            int scale = (int)(((column + i) / _columnsOfScale) - first);
            values[i] = (codes[i] - (_zeros is null ? 0 : zeros[scale])) * scales[scale];
        }
    }

    private static long Number(OnnxNode node, string name, long otherwise) =>
        node.Attributes.GetValueOrDefault(name) is IntAttribute { Value: var value } ? value : otherwise;

    private static long Ceiling(long count, long size) => (count + size - 1) / size;
}
