using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>Deals tiles to channels: each to the shortest stream so far, the lowest number among equals.</summary>
/// <remarks>
/// So lengths never differ by more than the largest tile: in a product every stream grows by at least an end tile, one that got no
/// other tile by exactly that, and one that did was the shortest when it got its last one.
/// </remarks>
internal sealed class TilePlacer
{
    private readonly long[] _lengths;
    private readonly int[] _lastTiles;
    private int _tiles;

    public TilePlacer(int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        _lengths = new long[channels];
        _lastTiles = new int[channels];
    }

    /// <summary>Bytes of each stream so far.</summary>
    public ReadOnlySpan<long> Lengths => _lengths;

    /// <summary>By channel, the number in the product of the last tile it got, or -1.</summary>
    public ReadOnlySpan<int> LastTiles => _lastTiles;

    public void BeginProduct()
    {
        _lastTiles.AsSpan().Fill(-1);
        _tiles = 0;
    }

    /// <summary>The channel of the product's next tile; the tile begins where the stream ended.</summary>
    public int Place(int bytes)
    {
        int shortest = 0;
        long[] lengths = _lengths;
        for (int c = 1; c < lengths.Length; c++)
        {
            if (lengths[c] < lengths[shortest])
            {
                shortest = c;
            }
        }

        lengths[shortest] += bytes;
        _lastTiles[shortest] = _tiles++;
        return shortest;
    }

    /// <summary>Gives an end tile to every channel that got no tile, unless the product has none at all.</summary>
    public void EndProduct()
    {
        for (int c = 0; _tiles > 0 && c < _lengths.Length; c++)
        {
            _lengths[c] += _lastTiles[c] < 0 ? TileHeader.HeaderBytes : 0;
        }
    }
}
