using Flightc.IR;

namespace Flightc.Packing;

/// <summary>
/// What the tiles of a weight take and give to do. It follows from format and shape alone, never from codes:
/// docs/memory.md §2.
/// </summary>
public static class FormatTiles
{
    /// <summary>A scales tile.</summary>
    public static ChannelWork Scales(QuantizedFormat format) =>
        new(0, format.HasShortScales ? TileHeader.ShortScalesTileBytes : TileHeader.ScalesTileBytes, 0, 0, 0);

    /// <summary>The 16×16 blocks that a matrix reaches into with a group of columns.</summary>
    /// <param name="format">A known one.</param>
    /// <param name="columns">K.</param>
    /// <param name="group">Number of the group, one of <see cref="QuantizedFormat.GroupsIn"/>.</param>
    public static int Blocks(QuantizedFormat format, long columns, long group)
    {
        long left = Math.Min(format.GroupSize, columns - (group * format.GroupSize));
        return (int)((left + BlockForm.Side - 1) / BlockForm.Side);
    }

    /// <summary>The form of the block of a tile that is the densest but <paramref name="entry"/>.</summary>
    /// <param name="format">A known one.</param>
    /// <param name="entry">0 … <paramref name="blocks"/> - 1; without a pattern all are alike.</param>
    /// <param name="blocks">Blocks that the matrix reaches into with the tile.</param>
    public static BlockForm Form(QuantizedFormat format, int entry, int blocks)
    {
        Sparsity sparsity = format.Sparsity;
        int kept = sparsity.Pattern.IsEmpty ? sparsity.KeptOf16 : sparsity.Pattern.OfFirst(blocks)[entry];
        return BlockForm.Holding(kept, format.Bits);
    }

    /// <summary>A weights tile.</summary>
    /// <param name="format">A known one.</param>
    /// <param name="blocks">Blocks that the matrix reaches into with the tile.</param>
    public static ChannelWork Weights(QuantizedFormat format, int blocks)
    {
        ChannelWork work = new(0, TileHeader.BlocksAt, 0, 0, 0);
        if (format.Sparsity.Pattern.IsEmpty)
        {
            return work + (ChannelWork.Of(Form(format, 0, blocks), format.Bits) * blocks);
        }

        for (int entry = 0; entry < blocks; entry++)
        {
            work += ChannelWork.Of(Form(format, entry, blocks), format.Bits);
        }

        return work;
    }

    /// <summary>All tiles of a row block: scales, and weights of every group.</summary>
    /// <param name="format">A known one.</param>
    /// <param name="columns">K, at least 1.</param>
    public static ChannelWork Rows(QuantizedFormat format, long columns)
    {
        int groups = format.GroupsIn(columns);
        return Scales(format) + (Weights(format, Blocks(format, columns, 0)) * (groups - 1))
            + Weights(format, Blocks(format, columns, groups - 1));
    }

    /// <summary>
    /// The densities of a weights tile's blocks, as a header has them, the densest first; those beyond the matrix
    /// are absent.
    /// </summary>
    /// <param name="format">A known one.</param>
    /// <param name="blocks">Blocks that the matrix reaches into with the tile.</param>
    public static uint Densities(QuantizedFormat format, int blocks)
    {
        if (format.Sparsity.Pattern.IsEmpty)
        {
            return TileHeader.DensitiesOf(blocks, Form(format, 0, blocks).Density);
        }

        uint densities = TileHeader.DensitiesOf(0);
        for (int entry = 0; entry < blocks; entry++)
        {
            densities ^= (uint)(BlockDensity.Absent ^ Form(format, entry, blocks).Density) << (3 * entry);
        }

        return densities;
    }

    /// <summary>
    /// Whether the blocks of a tile keep no more than a format's sparsity: its densest block no more than the
    /// densest of the format, and so on.
    /// </summary>
    /// <param name="header">Of a weights tile.</param>
    /// <param name="format">A known one of the header's group size and width.</param>
    /// <param name="blocks">Blocks that the matrix reaches into, 1 … G / 16.</param>
    public static bool Covers(TileHeader header, QuantizedFormat format, int blocks)
    {
        Span<int> kept = stackalloc int[blocks];
        for (int i = 0; i < blocks; i++)
        {
            kept[i] = header.Block(i).Kept;
        }

        kept.Sort();
        for (int i = 0; i < blocks; i++)
        {
            if (kept[blocks - 1 - i] > Form(format, i, blocks).Kept)
            {
                return false;
            }
        }

        return true;
    }
}
