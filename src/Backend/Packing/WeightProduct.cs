using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>What one <c>mm.linear</c> consumes on one core: row blocks of weights that share their input.</summary>
public sealed class WeightProduct
{
    /// <summary>Describes a product.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="blocks">Row blocks in the order of the results; none where the core has no rows.</param>
    /// <param name="columns">K, at least 1.</param>
    /// <param name="format">Of all weights.</param>
    /// <exception cref="ArgumentException">A block has not 1 … 16 rows, or the format is none of a tile.</exception>
    /// <exception cref="CompilationException">Tile headers cannot number the blocks or groups (FLC3001).</exception>
    public WeightProduct(string name, IReadOnlyList<RowBlock> blocks, int columns, QuantizedFormat format)
    {
        TileHeader.CheckFormat(format);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (blocks.Any(b => b.FirstRow < 0 || b.RowCount is < 1 or > TileHeader.RowsPerTile))
        {
            throw new ArgumentException("a row block has 1 to 16 rows", nameof(blocks));
        }

        (Name, Blocks, Columns, Format, Groups) = (name, blocks, columns, format, format.GroupsIn(columns));
        if (blocks.Count > TileHeader.MaxIndex || Groups > TileHeader.MaxIndex)
        {
            throw new CompilationException(
                Codes.DoesNotFit,
                $"a core's product has {blocks.Count} blocks of 16 rows and {Groups} groups of columns; tile headers number {TileHeader.MaxIndex}",
                name,
                "use a target with more cores, or larger groups");
        }
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>Row blocks in the order of the results.</summary>
    public IReadOnlyList<RowBlock> Blocks { get; }

    /// <summary>K.</summary>
    public int Columns { get; }

    /// <summary>Of all weights.</summary>
    public QuantizedFormat Format { get; }

    /// <summary>Groups of a row.</summary>
    public int Groups { get; }

    /// <summary>Tiles of a row block: its scales, then a weights tile per group.</summary>
    internal int TilesPerBlock => Groups + 1;

    /// <summary>Tiles of the product, end tiles not counted.</summary>
    internal int Tiles => checked(Blocks.Count * TilesPerBlock);

    /// <summary>The blocks of 16 columns of a group that the matrix reaches into.</summary>
    internal int PresentBlocks(int group) =>
        (Math.Min(Format.GroupSize, Columns - (group * Format.GroupSize)) + BlockForm.Side - 1) / BlockForm.Side;

    /// <summary>Bytes of a tile without sparsity.</summary>
    /// <param name="tile">Number in its row block: 0 for the scales, 1 + g for group g.</param>
    internal int DenseTileBytes(int tile) =>
        tile == 0 ? TileHeader.ScalesTileBytes : TileHeader.BlocksAt + (PresentBlocks(tile - 1) * 32 * Format.Bits);

    /// <summary>The rows of a weight as row blocks of 16, the last one perhaps shorter.</summary>
    public static IEnumerable<RowBlock> BlocksOf(string weight, int firstRow, int rowCount)
    {
        for (int row = 0; row < rowCount; row += TileHeader.RowsPerTile)
        {
            yield return new RowBlock(weight, firstRow + row, Math.Min(TileHeader.RowsPerTile, rowCount - row));
        }
    }
}
