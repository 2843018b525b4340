using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>
/// Where the tiles of one product lie. Tiles have the numbers of <see cref="WeightProduct.FirstTile"/>.
/// </summary>
internal sealed class ProductPlacement
{
    private readonly WeightProduct _product;
    private readonly ushort[] _channels;
    private readonly long[] _positions;
    private readonly int[] _lastTiles;
    private readonly uint[]? _densities;

    /// <summary>Places a product behind what <paramref name="placer"/> has placed.</summary>
    /// <param name="product">The product.</param>
    /// <param name="placer">Advanced to the end of the product.</param>
    /// <param name="densities">Densities by tile, without a meaning for scales; null for those of the formats.</param>
    public ProductPlacement(WeightProduct product, TilePlacer placer, uint[]? densities)
    {
        (_product, _densities) = (product, densities);
        _channels = new ushort[product.Tiles];
        _positions = new long[product.Tiles];
        ChannelWork[] work = new ChannelWork[placer.Lengths.Length];
        long[] starts = placer.Lengths.ToArray();
        long[] lengths = starts.AsSpan().ToArray();
        placer.BeginProduct();
        ChannelWork[] kinds = [];
        for (int block = 0; block < product.Blocks.Count; block++)
        {
            if (block == 0 || product.Blocks[block].Format != product.Blocks[block - 1].Format)
            {
                // What tiles are is the same for all blocks of a format: scales, whole groups, and the last one.
                BlockTiles tiles = product.TilesOf(block);
                kinds = [tiles.Work(0), tiles.Work(1), tiles.Work(tiles.Groups)];
            }

            int last = product.FirstTile(block + 1) - 1;
            for (int tile = product.FirstTile(block); tile < product.FirstTile(block + 1); tile++)
            {
                ChannelWork each = _densities is null
                    ? kinds[tile == product.FirstTile(block) ? 0 : tile == last ? 2 : 1]
                    : ChannelWork.Of(Header(block, tile, false));
                int bytes = (int)each.Bytes;
                int channel = placer.Place(bytes);
                _channels[tile] = checked((ushort)channel);
                _positions[tile] = lengths[channel];
                lengths[channel] += bytes;
                work[channel] += each;
            }
        }

        _lastTiles = placer.LastTiles.ToArray();
        placer.EndProduct(work);
        Work = work;
        if (_channels.Length > 0)
        {
            EndTiles = [.. Enumerable.Range(0, starts.Length).Where(c => _lastTiles[c] < 0).Select(c => (c, starts[c]))];
        }
    }

    /// <summary>Channels that get an end tile, and where it lies.</summary>
    public IReadOnlyList<(int Channel, long Position)> EndTiles { get; } = [];

    /// <summary>By channel, the work of all tiles.</summary>
    public IReadOnlyList<ChannelWork> Work { get; }

    public int Channel(int tile) => _channels[tile];

    public long Position(int tile) => _positions[tile];

    /// <summary>Bytes of a tile; arguments as for <see cref="Header(int, int)"/>.</summary>
    public int TileBytes(int block, int tile) => _densities is null
        ? _product.TilesOf(block).TileBytes(tile - _product.FirstTile(block))
        : (int)Header(block, tile, false).TileBytes;

    /// <summary>The header of a tile; of one with a pattern, as if its densest blocks came first.</summary>
    /// <param name="block">Row block that has the tile.</param>
    /// <param name="tile">Number in the product.</param>
    public TileHeader Header(int block, int tile) => Header(block, tile, IsLast(tile));

    /// <summary>The header of a tile for its codes; of the same size and work as without.</summary>
    /// <param name="block">Row block that has the tile.</param>
    /// <param name="tile">Number in the product, of a weights tile.</param>
    /// <param name="codes">(16, G), row-major</param>
    public TileHeader Header(int block, int tile, ReadOnlySpan<sbyte> codes)
    {
        if (_densities is not null)
        {
            return Header(block, tile);
        }

        BlockTiles tiles = _product.TilesOf(block);
        int group = tile - _product.FirstTile(block) - 1;
        uint densities = TileWriter.DensitiesOf(codes, tiles.Format, tiles.PresentBlocks(group));
        return TileHeader.Weights(block, group, tiles.Format, densities, IsLast(tile));
    }

    private bool IsLast(int tile) => _lastTiles[_channels[tile]] == tile;

    private TileHeader Header(int block, int tile, bool last)
    {
        int first = _product.FirstTile(block);
        if (tile == first)
        {
            return TileHeader.Scales(block, last, _product.Blocks[block].Format.HasShortScales);
        }

        BlockTiles tiles = _product.TilesOf(block);
        int group = tile - first - 1;
        uint densities = _densities is null ? tiles.Densities(group) : _densities[tile];
        return TileHeader.Weights(block, group, tiles.Format, densities, last);
    }
}
