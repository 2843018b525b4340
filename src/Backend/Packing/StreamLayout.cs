using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>How far the weight streams of one core reach after each product: docs/memory.md §2.</summary>
/// <remarks>Made from shapes and formats alone; a <see cref="StreamPacker"/> makes it from what it wrote.</remarks>
public sealed class StreamLayout
{
    private readonly long[][] _ends;
    private readonly ChannelWork[][] _work;

    internal StreamLayout(int channels, int pageBytes, long[][] ends, ChannelWork[][] work)
    {
        (Channels, PageBytes, _ends, _work) = (channels, pageBytes, ends, work);
        long longest = ends.Length == 0 ? 0 : ends[^1].Max();
        Pages = (longest + pageBytes - 1) / pageBytes;
    }

    /// <summary>Channels of the core.</summary>
    public int Channels { get; }

    /// <summary>Bytes of a page.</summary>
    public int PageBytes { get; }

    /// <summary>Products of the core.</summary>
    public int Products => _ends.Length;

    /// <summary>Pages of the stream in every channel.</summary>
    public long Pages { get; }

    /// <summary>Bytes of the stream in every channel, padding included.</summary>
    public long Bytes => Pages * PageBytes;

    /// <summary>Bytes of a channel's stream without padding.</summary>
    public long Length(int channel) => Products == 0 ? 0 : _ends[^1][channel];

    /// <summary>The byte address in a channel that follows the last tile of a product.</summary>
    public long End(int product, int channel) => _ends[product][channel];

    /// <summary>What the tiles of a product in a channel are made of, and the MACs that they give.</summary>
    public ChannelWork Work(int product, int channel) => _work[product][channel];

    /// <summary>Pages of every channel that have to be loaded until all tiles of a product are there.</summary>
    public long PagesThrough(int product) => (_ends[product].Max() + PageBytes - 1) / PageBytes;

    /// <summary>
    /// Lays out the products of one core, in their order, every block in the form of its format.
    /// </summary>
    /// <param name="products">In the order of a step.</param>
    /// <param name="channels">Channels of the core, at least 1.</param>
    /// <param name="pageBytes">Bytes of a page, at least 1.</param>
    public static StreamLayout Of(IReadOnlyList<WeightProduct> products, int channels, int pageBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pageBytes, 1);
        TilePlacer placer = new(channels, products);
        long[][] ends = new long[products.Count][];
        ChannelWork[][] work = new ChannelWork[products.Count][];
        for (int p = 0; p < ends.Length; p++)
        {
            placer.BeginProduct();
            work[p] = new ChannelWork[channels];
            placer.PlaceAll(products[p], work[p]);
            placer.EndProduct(work[p]);
            ends[p] = placer.Lengths.ToArray();
        }

        return new StreamLayout(channels, pageBytes, ends, work);
    }

    /// <summary>
    /// Every tile of one core's products with all blocks in the form of their format, row block by row block,
    /// end tiles behind their product. Of a pattern the densest blocks come first: which are so, weights decide.
    /// </summary>
    /// <param name="products">In the order of a step.</param>
    /// <param name="channels">Channels of the core, at least 1.</param>
    public static IEnumerable<PlacedTile> Tiles(IReadOnlyList<WeightProduct> products, int channels)
    {
        TilePlacer placer = new(channels, products);
        for (int p = 0; p < products.Count; p++)
        {
            ProductPlacement placement = new(products[p], placer, null);
            for (int b = 0; b < products[p].Blocks.Count; b++)
            {
                for (int tile = products[p].FirstTile(b); tile < products[p].FirstTile(b + 1); tile++)
                {
                    yield return new PlacedTile(
                        p, placement.Channel(tile), placement.Position(tile), placement.Header(b, tile));
                }
            }

            foreach ((int channel, long position) in placement.EndTiles)
            {
                yield return new PlacedTile(p, channel, position, TileHeader.End);
            }
        }
    }
}
