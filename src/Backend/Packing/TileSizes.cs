using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>How many tiles of each kind the streams of a core have, end tiles not counted.</summary>
internal static class TileSizes
{
    /// <summary>The tiles of some row blocks of one format; of each size, all are alike.</summary>
    /// <param name="tiles">Of every one of the row blocks.</param>
    /// <param name="blocks">How many they are.</param>
    public static IEnumerable<(ChannelWork Each, long Count)> Of(BlockTiles tiles, int blocks)
    {
        // All groups but the last are whole.
        yield return (tiles.Work(1), blocks * (tiles.Groups - 1L));
        yield return (tiles.Work(tiles.Groups), blocks);
        yield return (tiles.Work(0), blocks);
    }

    /// <summary>
    /// The tiles of a product, kinds perhaps repeated. Those of one size are in the order of the product.
    /// </summary>
    public static IEnumerable<(ChannelWork Each, long Count)> Of(WeightProduct product)
    {
        for (int first = 0, end; first < product.Blocks.Count; first = end)
        {
            for (end = first + 1; end < product.Blocks.Count && product.Blocks[end].Format == product.Blocks[first].Format; end++)
            {
            }

            foreach ((ChannelWork each, long count) in Of(product.TilesOf(first), end - first))
            {
                yield return (each, count);
            }
        }
    }

    /// <summary>The sizes of all products' tiles: each once, the largest first.</summary>
    public static IReadOnlyList<(int Bytes, long Count)> Of(IEnumerable<WeightProduct> products)
    {
        SortedDictionary<int, long> counts = [];
        foreach ((ChannelWork each, long count) in products.SelectMany(Of))
        {
            counts[(int)each.Bytes] = counts.GetValueOrDefault((int)each.Bytes) + count;
        }

        return [.. counts.Reverse().Where(c => c.Value > 0).Select(c => (c.Key, c.Value))];
    }
}
