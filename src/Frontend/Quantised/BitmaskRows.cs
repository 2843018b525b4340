using System.Numerics;
using Flightc.Checkpoints;
using Flightc.Container;

namespace Flightc.Quantised;

/// <summary>
/// Sparse rows of compressed-tensors: a bit for every element, from the lowest bit of a byte up, ⌈in ÷ 8⌉ bytes a row, and the elements whose bit is 1, row after
/// row. In sparse-24-bitmask every row keeps half of its elements; in sparse-bitmask a table says where rows begin.
/// </summary>
internal sealed class BitmaskRows : ICodeRows
{
    private readonly CheckpointTensor _mask;
    private readonly CheckpointTensor _values;
    private readonly long[] _starts;

    private BitmaskRows(CheckpointTensor mask, CheckpointTensor values, long columns, long[] starts) =>
        (_mask, _values, Columns, _starts) = (mask, values, columns, starts);

    /// <inheritdoc/>
    public long Rows => _starts.Length - 1;

    /// <inheritdoc/>
    public long Columns { get; }

    /// <inheritdoc/>
    public int Bits => _values.ElementType is StoredType.I8 ? 8 : 0;

    /// <inheritdoc/>
    public int Centre => 0;

    /// <summary>Counts the bits of every row, which reads the mask once.</summary>
    /// <param name="mask">U8 (out, ⌈in ÷ 8⌉).</param>
    /// <param name="values">The kept elements.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="error">Why mask and elements do not belong together; empty where they do.</param>
    public static BitmaskRows? Of(CheckpointTensor mask, CheckpointTensor values, long columns, out string error)
    {
        long[] starts = new long[mask.Shape[0] + 1];
        int rowBytes = (int)mask.Shape[1];
        for (int row = 0; row + 1 < starts.Length; row++)
        {
            long kept = 0;
            ReadOnlySpan<byte> bits = mask.Bytes((long)row * rowBytes, rowBytes);
            foreach (byte part in bits)
            {
                kept += BitOperations.PopCount(part);
            }

            if (columns % 8 != 0 && bits[^1] >> (int)(columns % 8) != 0)
            {
                error = $"row {row} of the bitmask has bits beyond its {columns} columns";
                return null;
            }

            starts[row + 1] = starts[row] + kept;
        }

        error = starts[^1] == values.ElementCount ? "" : $"the bitmask keeps {starts[^1]} elements, and {values.ElementCount} are stored";
        return error.Length == 0 ? new BitmaskRows(mask, values, columns, starts) : null;
    }

    /// <summary>Whether a table of where rows begin says what the mask says.</summary>
    /// <param name="offsets">(out), I64 or I32.</param>
    public bool BeginsAt(CheckpointTensor offsets)
    {
        float[] found = new float[1];
        for (int row = 0; row < Rows; row++)
        {
            StoredNumbers.Read(offsets, row, found);
            if (found[0] != _starts[row])
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values)
    {
        int columns = (int)Columns, rowBytes = (int)_mask.Shape[1];
        for (int row = 0; row < count; row++)
        {
            long at = _starts[firstRow + row];
            float[] kept = new float[_starts[firstRow + row + 1] - at];
            StoredNumbers.Read(_values, at, kept);
            ReadOnlySpan<byte> bits = _mask.Bytes((firstRow + row) * rowBytes, rowBytes);
            for (int k = 0, next = 0; k < columns; k++)
            {
                values[(row * columns) + k] = (bits[k / 8] >> (k % 8) & 1) != 0 ? kept[next++] : 0;
            }
        }
    }
}
