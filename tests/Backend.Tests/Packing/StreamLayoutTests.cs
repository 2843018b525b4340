using Flightc.Backend.Packing;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class StreamLayoutTests
{
    private static readonly QuantizedFormat Format = new(4, 64);

    [Fact]
    public void Tiles_go_to_the_shortest_stream_and_last_flags_and_end_tiles_close_a_product()
    {
        WeightProduct[] products = [new("p", [new RowBlock("w", 0, 16)], 80, Format), new("q", [new RowBlock("v", 0, 3)], 64, Format)];

        PlacedTile[] tiles = [.. StreamLayout.Tiles(products, 4)];

        uint dense = TileHeader.DensitiesOf(4);
        PlacedTile[] expected =
        [
            new(0, 0, 0, TileHeader.Scales(0, true)),
            new(0, 1, 0, TileHeader.Weights(0, 0, Format, dense, true)),
            new(0, 2, 0, TileHeader.Weights(0, 1, Format, TileHeader.DensitiesOf(1), true)),
            new(0, 3, 0, TileHeader.End),
            new(1, 3, 8, TileHeader.Scales(0, true)),
            new(1, 0, 72, TileHeader.Weights(0, 0, Format, dense, true)),
            new(1, 1, 532, TileHeader.End),
            new(1, 2, 148, TileHeader.End),
        ];
        Assert.Equal(expected, tiles);
        StreamLayout layout = StreamLayout.Of(products, 4, 256);
        Assert.Equal([604L, 540, 156, 80], Enumerable.Range(0, 4).Select(c => layout.End(1, c)));
        Assert.Equal([72L, 532, 148, 8], Enumerable.Range(0, 4).Select(c => layout.End(0, c)));
        Assert.Equal((3L, 768L, 3L, 3L), (layout.Pages, layout.Bytes, layout.PagesThrough(0), layout.PagesThrough(1)));
    }

    [Fact]
    public void A_product_without_rows_leaves_nothing()
    {
        StreamLayout layout = StreamLayout.Of([new WeightProduct("none", [], 64, Format)], 3, 64);

        Assert.Equal((0L, 0L), (layout.Length(2), layout.Pages));
        Assert.Empty(StreamLayout.Tiles([new WeightProduct("none", [], 64, Format)], 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(32)]
    public void Streams_differ_by_no_more_than_the_largest_tile(int channels)
    {
        Random random = new(channels);
        for (int i = 0; i < 50; i++)
        {
            WeightProduct[] products = [.. Enumerable.Range(0, 20).Select(p => new WeightProduct(
                $"p{p}",
                [.. WeightProduct.BlocksOf("w", 0, random.Next(0, 60))],
                random.Next(1, 500),
                new QuantizedFormat(random.Next(2, 9), 32 << random.Next(3))))];
            long largest = StreamLayout.Tiles(products, channels).Max(t => t.Header.TileBytes);
            StreamLayout layout = StreamLayout.Of(products, channels, 4096);
            for (int p = 0; p < products.Length; p++)
            {
                long[] ends = [.. Enumerable.Range(0, channels).Select(c => layout.End(p, c))];
                Assert.InRange(ends.Max() - ends.Min(), 0, largest);
            }
        }
    }

    [Fact]
    public void Seven_billion_weights_are_laid_out_in_less_than_a_second()
    {
        List<WeightProduct> products = [];
        for (int layer = 0; layer < 32; layer++)
        {
            products.Add(new("qkv", [.. WeightProduct.BlocksOf("qkv", 0, 12288)], 4096, Format));
            products.Add(new("o", [.. WeightProduct.BlocksOf("o", 0, 4096)], 4096, Format));
            products.Add(new("gate-up", [.. WeightProduct.BlocksOf("gu", 0, 22016)], 4096, Format));
            products.Add(new("down", [.. WeightProduct.BlocksOf("down", 0, 4096)], 11008, Format));
        }

        products.Add(new("head", [.. WeightProduct.BlocksOf("head", 0, 32000)], 4096, Format));
        long tiles = products.Sum(p => (long)p.Blocks.Count * (p.Groups + 1));
        StreamLayout layout = StreamLayout.Of(products, 32, 4096);

        Assert.InRange(Stopwatches.Best(() => StreamLayout.Of(products, 32, 4096)), 0, 1000);
        Assert.Equal(Enumerable.Range(0, 32).Sum(layout.Length), (tiles * 532) - (products.Sum(p => p.Blocks.Count) * 460L));
    }

    [Fact]
    public void What_headers_cannot_number_is_refused()
    {
        CompilationException fault = Assert.Throws<CompilationException>(
            () => new WeightProduct("head", [.. WeightProduct.BlocksOf("w", 0, 262_160)], 64, Format));

        Assert.Equal(Codes.DoesNotFit, fault.Diagnostics[0].Code);
    }
}
