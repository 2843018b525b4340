using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>How many tiles of each size the dense streams of a core have, end tiles not counted.</summary>
internal static class TileSizes
{
    /// <summary>The tiles of some row blocks of a product, sizes in no order and perhaps repeated.</summary>
    /// <param name="tiles">Of every one of the row blocks.</param>
    /// <param name="blocks">How many they are.</param>
    public static IEnumerable<(int Bytes, long Count)> Of(BlockTiles tiles, int blocks)
    {
        // All groups but the last are whole.
        yield return (tiles.DenseTileBytes(1), blocks * (tiles.Groups - 1L));
        yield return (tiles.DenseTileBytes(tiles.Groups), blocks);
        yield return (TileHeader.ScalesTileBytes, blocks);
    }

    /// <summary>The tiles of a product, sizes in no order and perhaps repeated.</summary>
    public static IEnumerable<(int Bytes, long Count)> Of(WeightProduct product)
    {
        for (int first = 0, end; first < product.Blocks.Count; first = end)
        {
            for (end = first + 1; end < product.Blocks.Count && product.Blocks[end].Format == product.Blocks[first].Format; end++)
            {
            }

            foreach ((int bytes, long count) in Of(product.TilesOf(first), end - first))
            {
                yield return (bytes, count);
            }
        }
    }

    /// <summary>The tiles of all products: each size once, the largest first.</summary>
    public static IReadOnlyList<(int Bytes, long Count)> Of(IEnumerable<WeightProduct> products)
    {
        SortedDictionary<int, long> counts = [];
        foreach ((int bytes, long count) in products.SelectMany(Of))
        {
            counts[bytes] = counts.GetValueOrDefault(bytes) + count;
        }

        return [.. counts.Reverse().Where(c => c.Value > 0).Select(c => (c.Key, c.Value))];
    }
}
