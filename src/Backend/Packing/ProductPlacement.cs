using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>Where the tiles of one product lie. A tile's number is that of its row block times (1 + groups), plus 0 for scales or 1 + g.</summary>
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
    /// <param name="densities">Densities of each weights tile, row block by row block; null for dense.</param>
    public ProductPlacement(WeightProduct product, TilePlacer placer, uint[]? densities)
    {
        (_product, _densities) = (product, densities);
        _channels = new ushort[product.Tiles];
        _positions = new long[product.Tiles];
        long[] starts = placer.Lengths.ToArray();
        long[] lengths = starts.AsSpan().ToArray();
        placer.BeginProduct();
        for (int tile = 0; tile < _channels.Length; tile++)
        {
            int bytes = TileBytes(tile);
            int channel = placer.Place(bytes);
            _channels[tile] = checked((ushort)channel);
            _positions[tile] = lengths[channel];
            lengths[channel] += bytes;
        }

        _lastTiles = placer.LastTiles.ToArray();
        placer.EndProduct();
        if (_channels.Length > 0)
        {
            EndTiles = [.. Enumerable.Range(0, starts.Length).Where(c => _lastTiles[c] < 0).Select(c => (c, starts[c]))];
        }
    }

    /// <summary>Tiles, end tiles not counted.</summary>
    public int Tiles => _channels.Length;

    /// <summary>Channels that get an end tile, and where it lies.</summary>
    public IReadOnlyList<(int Channel, long Position)> EndTiles { get; } = [];

    public int Channel(int tile) => _channels[tile];

    public long Position(int tile) => _positions[tile];

    public int TileBytes(int tile)
    {
        int inBlock = tile % _product.TilesPerBlock;
        return inBlock == 0 || _densities is null ? _product.DenseTileBytes(inBlock) : (int)Header(tile, false).TileBytes;
    }

    public TileHeader Header(int tile) => Header(tile, _lastTiles[_channels[tile]] == tile);

    private TileHeader Header(int tile, bool last)
    {
        (int block, int inBlock) = Math.DivRem(tile, _product.TilesPerBlock);
        if (inBlock == 0)
        {
            return TileHeader.Scales(block, last);
        }

        int group = inBlock - 1;
        uint densities = _densities is null
            ? TileHeader.DensitiesOf(_product.PresentBlocks(group))
            : _densities[((long)block * _product.Groups) + group];
        return TileHeader.Weights(block, group, _product.Format, densities, last);
    }
}
