using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>
/// The tiles of one row block: tile 0 has the scales, tile 1 + g the weights of group g. Sizes follow from the
/// format alone: every block has the smallest form of its weight's sparsity, or of an entry of its pattern.
/// </summary>
/// <param name="Format">Width, group size and sparsity of the block's weight.</param>
/// <param name="Columns">K.</param>
internal readonly record struct BlockTiles(QuantizedFormat Format, int Columns)
{
    /// <summary>Groups of a row.</summary>
    public int Groups => Format.GroupsIn(Columns);

    /// <summary>Tiles of the row block.</summary>
    public int Count => Groups + 1;

    /// <summary>Bytes of all tiles.</summary>
    public long Bytes => TileBytes(0) + ((Groups - 1) * (long)TileBytes(1)) + TileBytes(Groups);

    /// <summary>Bytes of a tile.</summary>
    public int TileBytes(int tile) => (int)Work(tile).Bytes;

    /// <summary>What a tile gives to do.</summary>
    public ChannelWork Work(int tile) =>
        tile == 0 ? FormatTiles.Scales(Format) : FormatTiles.Weights(Format, PresentBlocks(tile - 1));

    /// <summary>
    /// The densities of a group's blocks, as a header has them; with a pattern, as if the densest came first.
    /// </summary>
    public uint Densities(int group) => FormatTiles.Densities(Format, PresentBlocks(group));

    /// <summary>The blocks of 16 columns of a group that the matrix reaches into.</summary>
    public int PresentBlocks(int group) => FormatTiles.Blocks(Format, Columns, group);
}
