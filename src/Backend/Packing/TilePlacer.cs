using System.Diagnostics;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>Deals tiles to channels so that the streams of a core end equally long.</summary>
/// <remarks>
/// Where the sizes of all tiles are known beforehand, tiles go to channels as if all tiles of the core were
/// dealt largest first, each to the shortest stream, the lowest number among equals: the small tiles fill up
/// what the large ones left uneven, be it in a later product. Every size has levels of its own for that,
/// which begin where the larger sizes will have ended. Where sizes depend on data, a tile goes to the stream
/// that is the shortest when it comes.
/// <para>Source: the rule of longest processing time first (R. L. Graham, Bounds on Multiprocessing Timing
/// Anomalies, 1969).</para>
/// </remarks>
internal sealed class TilePlacer
{
    private readonly long[] _lengths;
    private readonly int[] _lastTiles;
    // Largest first; empty where sizes depend on data.
    private readonly int[] _sizes = [];
    private readonly long[][] _levels = [];
    private int _tiles;

    /// <summary>Deals tiles whose sizes depend on data.</summary>
    public TilePlacer(int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        _lengths = new long[channels];
        _lastTiles = new int[channels];
    }

    /// <summary>Deals the tiles of these products, in their order.</summary>
    public TilePlacer(int channels, IReadOnlyList<WeightProduct> products)
        : this(channels)
    {
        IReadOnlyList<(int Bytes, long Count)> sizes = TileSizes.Of(products);
        _sizes = [.. sizes.Select(s => s.Bytes)];
        _levels = new long[sizes.Count][];
        long[] levels = new long[channels];
        for (int i = 0; i < sizes.Count; i++)
        {
            (int bytes, long count) = sizes[i];
            _levels[i] = levels.AsSpan().ToArray();
            for (long left = count; left > 0; left--)
            {
                // One tile is kept back for the line below.
                left -= SkipRounds(levels, bytes, left - 1);
                levels[Shortest(levels)] += bytes;
            }
        }
    }

    /// <summary>Bytes of each stream so far.</summary>
    public ReadOnlySpan<long> Lengths => _lengths;

    /// <summary>
    /// By channel, the number in the product of the last tile it got, or -1; without a meaning after
    /// <see cref="PlaceAll"/>.
    /// </summary>
    public ReadOnlySpan<int> LastTiles => _lastTiles;

    public void BeginProduct()
    {
        _lastTiles.AsSpan().Fill(-1);
        _tiles = 0;
    }

    /// <summary>The channel of the product's next tile; the tile begins where the stream ended.</summary>
    public int Place(int bytes)
    {
        if (_sizes.Length == 0)
        {
            return Place(_lengths, bytes);
        }

        int shortest = Place(LevelsOf(bytes), bytes);
        _lengths[shortest] += bytes;
        return shortest;
    }

    /// <summary>Places all tiles of a product, where their sizes were known beforehand.</summary>
    /// <param name="product">The product.</param>
    /// <param name="work">By channel; the work of its tiles is added.</param>
    public void PlaceAll(WeightProduct product, Span<ChannelWork> work)
    {
        int channels = _lengths.Length;
        foreach ((ChannelWork each, long count) in TileSizes.Of(product))
        {
            int bytes = (int)each.Bytes;
            for (long left = count; left > 0; left--)
            {
                // A round is kept back, so that every channel is seen to get a tile.
                long skipped = SkipRounds(LevelsOf(bytes), bytes, left - channels);
                left -= skipped;
                for (int c = 0; skipped > 0 && c < channels; c++)
                {
                    _lengths[c] += skipped / channels * bytes;
                    work[c] += each * (skipped / channels);
                }

                work[Place(bytes)] += each;
            }
        }
    }

    /// <summary>Gives an end tile to every channel that got no tile, unless the product has none at all.</summary>
    /// <param name="work">By channel; the work of end tiles is added.</param>
    public void EndProduct(Span<ChannelWork> work)
    {
        for (int c = 0; _tiles > 0 && c < _lengths.Length; c++)
        {
            if (_lastTiles[c] >= 0)
            {
                continue;
            }

            ChannelWork end = ChannelWork.Of(TileHeader.End);
            int bytes = (int)end.Bytes;
            _lengths[c] += bytes;
            work[c] += end;
            if (_sizes.Length > 0)
            {
                // The smallest tiles make up for it; no other levels were built on theirs.
                _levels[^1][c] += bytes;
            }
        }
    }

    private int Place(long[] levels, int bytes)
    {
        int shortest = Shortest(levels);
        levels[shortest] += bytes;
        _lastTiles[shortest] = _tiles++;
        return shortest;
    }

    private long[] LevelsOf(int bytes)
    {
        int i = Array.IndexOf(_sizes, bytes);
        return i >= 0 ? _levels[i] : throw new UnreachableException($"a tile of {bytes} bytes was not announced");
    }

    // Levels that differ by less than a tile are raised in turn, so that equal tiles, one for each channel,
    // raise all of them alike. Returns how many of the tiles were dealt in such rounds.
    private static long SkipRounds(long[] levels, int bytes, long tiles)
    {
        long rounds = tiles / levels.Length;
        if (rounds <= 0 || levels.Max() - levels.Min() >= bytes)
        {
            return 0;
        }

        for (int c = 0; c < levels.Length; c++)
        {
            levels[c] += rounds * bytes;
        }

        return rounds * levels.Length;
    }

    private static int Shortest(long[] lengths)
    {
        int shortest = 0;
        for (int c = 1; c < lengths.Length; c++)
        {
            if (lengths[c] < lengths[shortest])
            {
                shortest = c;
            }
        }

        return shortest;
    }
}
