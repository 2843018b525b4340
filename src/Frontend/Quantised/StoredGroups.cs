using Flightc.Checkpoints;

namespace Flightc.Quantised;

/// <summary>Scales or zero points that stand as numbers: one for all, for each row, for each row and group, or for each block.</summary>
internal sealed class StoredGroups : IGroupValues
{
    private readonly CheckpointTensor _tensor;
    private readonly long _rowStride;
    private readonly long _groupStride;
    private readonly long _blockRows;

    private StoredGroups(CheckpointTensor tensor, int groups, long rowStride, long groupStride, long blockRows) =>
        (_tensor, Groups, _rowStride, _groupStride, _blockRows) = (tensor, groups, rowStride, groupStride, blockRows);

    /// <inheritdoc/>
    public int Groups { get; }

    /// <summary>One number for the whole matrix.</summary>
    public static StoredGroups Single(CheckpointTensor tensor) => new(tensor, 1, 0, 0, 1);

    /// <summary>(out, groups), or (out) for one group; a row may stand for a block of <paramref name="blockRows"/> rows.</summary>
    public static StoredGroups ByRow(CheckpointTensor tensor, long blockRows = 1) =>
        new(tensor, tensor.Shape.Length < 2 ? 1 : (int)tensor.Shape[1], tensor.Shape.Length < 2 ? 1 : tensor.Shape[1], 1, blockRows);

    /// <summary>(groups, out), as GPTQ and AWQ store scales.</summary>
    public static StoredGroups ByGroup(CheckpointTensor tensor) => new(tensor, (int)tensor.Shape[0], 1, tensor.Shape[1], 1);

    /// <summary>(1, groups): the same for all rows.</summary>
    public static StoredGroups ForAllRows(CheckpointTensor tensor) => new(tensor, (int)tensor.Shape[1], 0, 1, 1);

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values)
    {
        float[] line = new float[count];
        for (int g = 0; g < Groups; g++)
        {
            if (_rowStride == 1 && _blockRows == 1 && _groupStride > 1)
            {
                StoredNumbers.Read(_tensor, (g * _groupStride) + firstRow, line);
                for (int row = 0; row < count; row++)
                {
                    values[(row * Groups) + g] = line[row];
                }

                continue;
            }

            for (int row = 0; row < count; row++)
            {
                StoredNumbers.Read(_tensor, ((firstRow + row) / _blockRows * _rowStride) + (g * _groupStride), line.AsSpan(0, 1));
                values[(row * Groups) + g] = line[0];
            }
        }
    }
}
