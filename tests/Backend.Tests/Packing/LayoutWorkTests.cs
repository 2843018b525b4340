using Flightc.Backend.Packing;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class LayoutWorkTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(11)]
    public void Work_of_a_layout_is_that_of_its_tiles(int channels)
    {
        QuantizedFormat narrow = new(4, 64);
        WeightProduct[] products =
        [
            new("p", [.. RowBlock.Of("w", 0, 200, narrow), .. RowBlock.Of("v", 0, 40, new QuantizedFormat(8, 128))], 300),
            new("none", [], 300),
            new("few", [.. RowBlock.Of("u", 0, 5, narrow)], 64),
        ];
        StreamLayout layout = StreamLayout.Of(products, channels, 256);
        ProductWork[] work =
        [
            .. Enumerable.Range(0, products.Length)
                .Select(p => new ProductWork([.. Enumerable.Range(0, channels).Select(c => layout.Work(p, c))])),
        ];

        Assert.Equal(default, work[1].Total);
        PlacedTile[] tiles = [.. StreamLayout.Tiles(products, channels)];
        foreach ((int product, ProductWork found) in new[] { (0, work[0]), (2, work[2]) })
        {
            ChannelWork expected = tiles.Where(t => t.Product == product).Aggregate(default(ChannelWork), (sum, t) => sum + ChannelWork.Of(t.Header));
            Assert.Equal(expected, found.Total);
            Assert.Equal(
                Enumerable.Range(0, channels).Select(c => tiles.Where(t => t.Product == product && t.Channel == c).Sum(t => t.Header.TileBytes)),
                found.Channels.Select(c => c.Bytes));
            Assert.All(found.Channels, c => Assert.True(c is { CodeBytes: >= 0, ScaleBytes: >= 0, IndexBytes: >= 0, DenseMacs: >= 0, SparseMacs: >= 0 }));
        }
    }

    [Theory]
    [InlineData(BlockDensity.Dense, 1024, 0, 2048, 0)]
    [InlineData(BlockDensity.Half, 512, 256, 0, 1024)]
    [InlineData(BlockDensity.Quarter, 256, 256, 0, 512)]
    [InlineData(BlockDensity.Eighth, 128, 128, 0, 256)]
    [InlineData(BlockDensity.Absent, 0, 0, 0, 0)]
    public void A_tile_of_eight_blocks_is_split_into_codes_scales_and_indices(BlockDensity density, long codes, long indices, long dense, long sparse)
    {
        uint densities = Enumerable.Range(0, 8).Aggregate(0u, (all, i) => all | ((uint)density << (3 * i)));
        TileHeader header = TileHeader.Weights(0, 0, new QuantizedFormat(4, 128), densities, false);

        Assert.Equal(new ChannelWork(codes, 20, indices, dense, sparse), ChannelWork.Of(header));
        Assert.Equal(header.TileBytes, ChannelWork.Of(header).Bytes);
        Assert.Equal(new ChannelWork(0, 8, 0, 0, 0), ChannelWork.Of(TileHeader.End));
        Assert.Equal(new ChannelWork(0, 72, 0, 0, 0), ChannelWork.Of(TileHeader.Scales(0, false)));
    }
}
