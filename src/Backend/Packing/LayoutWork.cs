using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>What products take off the channels of a core, from their layout alone.</summary>
internal static class LayoutWork
{
    /// <summary>The products of which the core has rows.</summary>
    /// <remarks>
    /// Bytes are exact for every channel, and every number is exact over all channels. A channel's split into
    /// codes, scales and work is the product's own, since tiles of all kinds are dealt alike.
    /// </remarks>
    /// <param name="products">The products of a core, in the order of a step.</param>
    /// <param name="layout">Their layout.</param>
    public static IReadOnlyList<ProductWork> Of(IReadOnlyList<WeightProduct> products, StreamLayout layout)
    {
        List<ProductWork> work = [];
        for (int p = 0; p < products.Count; p++)
        {
            if (products[p].Blocks.Count > 0)
            {
                long[] bytes =
                [
                    .. Enumerable.Range(0, layout.Channels)
                        .Select(c => layout.End(p, c) - (p == 0 ? 0 : layout.End(p - 1, c))),
                ];
                work.Add(new ProductWork(Split(Tiles(products[p]), bytes)));
            }
        }

        return work;
    }

    // All tiles but end tiles.
    private static ChannelWork Tiles(WeightProduct product)
    {
        ChannelWork sum = default;
        for (int first = 0, end; first < product.Blocks.Count; first = end)
        {
            for (end = first + 1; end < product.Blocks.Count && product.Blocks[end].Format == product.Blocks[first].Format; end++)
            {
            }

            BlockTiles tiles = product.TilesOf(first);
            ChannelWork whole = Dense(tiles, 0) * (tiles.Groups - 1L);
            ChannelWork block = ChannelWork.Of(TileHeader.Scales(0, false)) + whole + Dense(tiles, tiles.Groups - 1);
            sum += block * (end - first);
        }

        return sum;
    }

    private static ChannelWork Dense(BlockTiles tiles, int group) =>
        ChannelWork.Of(TileHeader.Weights(0, 0, tiles.Format, TileHeader.DensitiesOf(tiles.PresentBlocks(group)), false));

    private static ChannelWork[] Split(ChannelWork all, long[] bytes)
    {
        ChannelWork[] split = new ChannelWork[bytes.Length];
        ChannelWork given = default;
        long bytesGiven = 0;
        for (int c = 0; c < bytes.Length; c++)
        {
            if (bytes[c] <= TileHeader.HeaderBytes)
            {
                split[c] = new ChannelWork(0, bytes[c], 0, 0, 0);
                continue;
            }

            // What is given so far is the exact share rounded down, so that the last channel completes the sums.
            bytesGiven += bytes[c];
            long codes = Share(all.CodeBytes, bytesGiven, all.Bytes) - given.CodeBytes;
            long indices = Share(all.IndexBytes, bytesGiven, all.Bytes) - given.IndexBytes;
            split[c] = new ChannelWork(
                codes, bytes[c] - codes - indices, indices,
                Share(all.DenseMacs, bytesGiven, all.Bytes) - given.DenseMacs,
                Share(all.SparseMacs, bytesGiven, all.Bytes) - given.SparseMacs);
            given += split[c];
        }

        return split;
    }

    private static long Share(long amount, long part, long whole) => (long)((Int128)amount * part / whole);
}
