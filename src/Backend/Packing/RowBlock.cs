using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>
/// Up to 16 consecutive rows of a weight: the unit in which a product's rows are stored and computed.
/// </summary>
/// <param name="Weight">Name of the weight.</param>
/// <param name="FirstRow">Row of the weight that is the block's first.</param>
/// <param name="RowCount">1 … 16; the block's other rows are padding.</param>
/// <param name="Format">Of the weight; the blocks of a product may differ in it.</param>
public readonly record struct RowBlock(string Weight, int FirstRow, int RowCount, QuantizedFormat Format)
{
    /// <summary>The rows of a weight as row blocks of 16, the last one perhaps shorter.</summary>
    /// <param name="weight">Name of the weight.</param>
    /// <param name="firstRow">First row of the first block.</param>
    /// <param name="rowCount">Rows of all blocks.</param>
    /// <param name="format">Of the weight.</param>
    public static IEnumerable<RowBlock> Of(string weight, int firstRow, int rowCount, QuantizedFormat format)
    {
        for (int row = 0; row < rowCount; row += TileHeader.RowsPerTile)
        {
            yield return new RowBlock(
                weight, firstRow + row, Math.Min(TileHeader.RowsPerTile, rowCount - row), format);
        }
    }
}
