using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>The tiles of one row block: tile 0 has the scales, tile 1 + g the weights of group g.</summary>
/// <param name="Format">Width and group size of the block's weight.</param>
/// <param name="Columns">K.</param>
internal readonly record struct BlockTiles(QuantizedFormat Format, int Columns)
{
    /// <summary>Groups of a row.</summary>
    public int Groups => Format.GroupsIn(Columns);

    /// <summary>Tiles of the row block.</summary>
    public int Count => Groups + 1;

    /// <summary>Bytes of all tiles without sparsity.</summary>
    public long DenseBytes =>
        TileHeader.ScalesTileBytes + ((Groups - 1) * (long)DenseTileBytes(1)) + DenseTileBytes(Groups);

    /// <summary>The blocks of 16 columns of a group that the matrix reaches into.</summary>
    public int PresentBlocks(int group) =>
        (Math.Min(Format.GroupSize, Columns - (group * Format.GroupSize)) + BlockForm.Side - 1) / BlockForm.Side;

    /// <summary>Bytes of a tile without sparsity.</summary>
    public int DenseTileBytes(int tile) =>
        tile == 0 ? TileHeader.ScalesTileBytes : TileHeader.BlocksAt + (PresentBlocks(tile - 1) * 32 * Format.Bits);
}
