using Flightc.Diagnostics;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>What one <c>mm.linear</c> consumes on one core: row blocks of weights that share their input.</summary>
public sealed class WeightProduct
{
    // By row block, the number of its first tile in the product; at the end, the number of all tiles.
    private readonly int[] _firstTiles;

    /// <summary>Describes a product.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="blocks">Row blocks in the order of the results, each in its weight's format; none where
    /// the core has no rows.</param>
    /// <param name="columns">K, at least 1.</param>
    /// <exception cref="ArgumentException">A block has not 1 … 16 rows, or its format is none of a tile.</exception>
    /// <exception cref="CompilationException">Tile headers cannot number the blocks or groups (FLC3001).</exception>
    public WeightProduct(string name, IReadOnlyList<RowBlock> blocks, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        (Name, Blocks, Columns) = (name, blocks, columns);
        CheckNumber(blocks.Count, "blocks of 16 rows");
        _firstTiles = new int[blocks.Count + 1];
        for (int b = 0; b < blocks.Count; b++)
        {
            RowBlock block = blocks[b];
            if (block.FirstRow < 0 || block.RowCount is < 1 or > TileHeader.RowsPerTile)
            {
                throw new ArgumentException("a row block has 1 to 16 rows", nameof(blocks));
            }

            if (b == 0 || block.Format != blocks[b - 1].Format)
            {
                TileHeader.CheckFormat(block.Format);
                CheckNumber(block.Format.GroupsIn(columns), "groups of columns");
            }

            _firstTiles[b + 1] = _firstTiles[b] + TilesOf(b).Count;
        }
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>Row blocks in the order of the results.</summary>
    public IReadOnlyList<RowBlock> Blocks { get; }

    /// <summary>K.</summary>
    public int Columns { get; }

    /// <summary>Tiles of the product, end tiles not counted. They are numbered row block by row block.</summary>
    internal int Tiles => _firstTiles[^1];

    /// <summary>The tiles of a row block.</summary>
    internal BlockTiles TilesOf(int block) => new(Blocks[block].Format, Columns);

    /// <summary>The number in the product of a row block's first tile, which has its scales.</summary>
    internal int FirstTile(int block) => _firstTiles[block];

    /// <summary>The row block that has a tile, and the tile's number in it.</summary>
    /// <param name="tile">Number in the product.</param>
    internal (int Block, int InBlock) Locate(int tile)
    {
        // Every block has tiles, so first tiles are distinct.
        int found = Array.BinarySearch(_firstTiles, tile);
        int block = found < 0 ? ~found - 1 : found;
        return (block, tile - _firstTiles[block]);
    }

    private void CheckNumber(int count, string what)
    {
        if (count > TileHeader.MaxIndex)
        {
            throw new CompilationException(
                Codes.DoesNotFit,
                $"a core's product has {count} {what}; tile headers number {TileHeader.MaxIndex}",
                Name,
                "use a target with more cores, or larger groups");
        }
    }
}
