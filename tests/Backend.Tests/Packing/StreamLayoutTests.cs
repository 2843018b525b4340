using Flightc.Backend.Packing;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class StreamLayoutTests
{
    private static readonly QuantizedFormat Format = new(4, 64);

    [Fact]
    public void Large_tiles_are_dealt_before_small_ones_of_any_product_and_last_flags_and_end_tiles_close_a_product()
    {
        WeightProduct[] products = [new("p", [new RowBlock("w", 0, 16, Format)], 80), new("q", [new RowBlock("v", 0, 3, Format)], 64)];

        PlacedTile[] tiles = [.. StreamLayout.Tiles(products, 4)];

        uint dense = TileHeader.DensitiesOf(4);
        // In this order: 532 bytes to channel 0, 532 to channel 1, 148 to channel 2, 72 to channel 3, and 72 there again.
        PlacedTile[] expected =
        [
            new(0, 3, 0, TileHeader.Scales(0, true)),
            new(0, 0, 0, TileHeader.Weights(0, 0, Format, dense, true)),
            new(0, 2, 0, TileHeader.Weights(0, 1, Format, TileHeader.DensitiesOf(1), true)),
            new(0, 1, 0, TileHeader.End),
            new(1, 3, 72, TileHeader.Scales(0, true)),
            new(1, 1, 8, TileHeader.Weights(0, 0, Format, dense, true)),
            new(1, 0, 532, TileHeader.End),
            new(1, 2, 148, TileHeader.End),
        ];
        Assert.Equal(expected, tiles);
        StreamLayout layout = StreamLayout.Of(products, 4, 256);
        Assert.Equal([540L, 540, 156, 144], Enumerable.Range(0, 4).Select(c => layout.End(1, c)));
        Assert.Equal([532L, 8, 148, 72], Enumerable.Range(0, 4).Select(c => layout.End(0, c)));
        Assert.Equal((3L, 768L, 3L, 3L), (layout.Pages, layout.Bytes, layout.PagesThrough(0), layout.PagesThrough(1)));
    }

    [Fact]
    public void Row_blocks_of_one_product_have_the_tiles_of_their_own_formats()
    {
        // 100 columns: two groups of 64, the second with three blocks of 16 columns; or one of 128 with seven.
        QuantizedFormat wide = new(8, 128);
        RowBlock[] blocks = [new("gate", 0, 16, Format), new("up", 0, 16, wide), new("gate", 16, 4, Format), new("up", 16, 4, wide)];
        WeightProduct[] products = [new("p", blocks, 100)];

        PlacedTile[] tiles = [.. StreamLayout.Tiles(products, 1)];

        uint four = TileHeader.DensitiesOf(4), three = TileHeader.DensitiesOf(3), seven = TileHeader.DensitiesOf(7);
        PlacedTile[] expected =
        [
            new(0, 0, 0, TileHeader.Scales(0, false)),
            new(0, 0, 72, TileHeader.Weights(0, 0, Format, four, false)),
            new(0, 0, 604, TileHeader.Weights(0, 1, Format, three, false)),
            new(0, 0, 1008, TileHeader.Scales(1, false)),
            new(0, 0, 1080, TileHeader.Weights(1, 0, wide, seven, false)),
            new(0, 0, 2892, TileHeader.Scales(2, false)),
            new(0, 0, 2964, TileHeader.Weights(2, 0, Format, four, false)),
            new(0, 0, 3496, TileHeader.Weights(2, 1, Format, three, false)),
            new(0, 0, 3900, TileHeader.Scales(3, false)),
            new(0, 0, 3972, TileHeader.Weights(3, 0, wide, seven, true)),
        ];
        Assert.Equal(expected, tiles);
        Assert.Equal(5784, StreamLayout.Of(products, 1, 64).End(0, 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(11)]
    [InlineData(32)]
    public void Work_is_that_of_the_tiles_and_its_bytes_are_those_of_the_streams(int channels)
    {
        Random random = new(channels);
        for (int i = 0; i < 40; i++)
        {
            // Tiles of one size in different formats: 20 + 2·128 bytes and 20 + 4·64.
            QuantizedFormat[] formats = i % 4 == 0 ? [new(4, 32), new(2, 64)] : [RandomWeights.Format(random), RandomWeights.Format(random)];
            WeightProduct[] products = [.. Enumerable.Range(0, 5).Select(p => new WeightProduct(
                $"p{p}",
                [
                    .. RowBlock.Of("w", 0, random.Next(0, 300), formats[p % 2]).SelectMany(b => new[] { b, b with { Weight = "u", Format = formats[1] } }),
                    .. RowBlock.Of("v", 0, random.Next(0, 60), formats[0]),
                ],
                random.Next(1, 700)))];

            StreamLayout layout = StreamLayout.Of(products, channels, 64);

            ChannelWork[,] expected = new ChannelWork[products.Length, channels];
            foreach (PlacedTile tile in StreamLayout.Tiles(products, channels))
            {
                expected[tile.Product, tile.Channel] += ChannelWork.Of(tile.Header);
            }

            for (int p = 0; p < products.Length; p++)
            {
                for (int c = 0; c < channels; c++)
                {
                    Assert.Equal(expected[p, c], layout.Work(p, c));
                    Assert.Equal(layout.End(p, c) - (p == 0 ? 0 : layout.End(p - 1, c)), layout.Work(p, c).Bytes);
                }
            }
        }
    }

    [Theory]
    [InlineData("4g64", 2 * 128, 20, 0, 2 * 256, 0)]
    [InlineData("4g64 8:16", 2 * 64, 20, 2 * 32, 0, 2 * 128)]
    [InlineData("4g64 2:4", 2 * 64, 20, 2 * 32, 0, 2 * 128)]
    [InlineData("8g64 2:16", 2 * 32, 20, 2 * 16, 0, 2 * 32)]
    [InlineData("2g64 8:16", 2 * 64, 20, 0, 2 * 256, 0)] // dense is as small
    public void The_work_of_a_tile_is_that_of_its_blocks(string format, long codes, long scales, long indices, long dense, long sparse)
    {
        // 20 columns: two blocks; and the scales tile of 72 bytes.
        StreamLayout layout = StreamLayout.Of([new WeightProduct("p", [new RowBlock("w", 0, 3, QuantizedFormat.Parse(format)!.Value)], 20)], 1, 64);

        Assert.Equal(new ChannelWork(codes, scales + 72, indices, dense, sparse), layout.Work(0, 0));
    }

    [Fact]
    public void No_sparsity_takes_more_bytes_or_work_than_none()
    {
        for (int bits = 2; bits <= 8; bits++)
        {
            foreach (int group in (int[])[32, 64, 128])
            {
                ChannelWork dense = LayoutOf(new QuantizedFormat(bits, group)).Work(0, 0);
                foreach (Sparsity sparsity in Sparsity.All.Concat(TilePattern.All(group / 16).Select(Sparsity.Of)))
                {
                    QuantizedFormat format = new(bits, group, sparsity);
                    ChannelWork work = LayoutOf(format).Work(0, 0);

                    // Masks of 8:16 cost what half the codes of 2 bits save.
                    bool isSmaller = bits > 2 || Enumerable.Range(0, group / 16).Any(i => FormatTiles.Form(format, i, group / 16).Kept < 8);
                    Assert.True(isSmaller ? work.Bytes < dense.Bytes : work == dense, $"{format}");
                    Assert.InRange(work.Macs, 1, dense.Macs);
                }
            }
        }
    }

    [Theory]
    [InlineData("4g64 16.8.4.0:16", 384, 96, 512, 256)] // the second tile has two blocks: 16.4
    [InlineData("4g128 16.16.8.8.4.4.2.0:16", 400, 112, 512, 288)] // six blocks: 16.16.8.4.4.2
    public void The_work_of_a_pattern_is_that_of_its_entries(string format, long codes, long indices, long dense, long sparse)
    {
        // 96 columns: six blocks.
        StreamLayout layout = StreamLayout.Of([new WeightProduct("p", [new RowBlock("w", 0, 3, QuantizedFormat.Parse(format)!.Value)], 96)], 1, 64);

        ChannelWork work = layout.Work(0, 0);
        Assert.Equal((codes, indices, dense, sparse), (work.CodeBytes, work.IndexBytes, work.DenseMacs, work.SparseMacs));
    }

    private static StreamLayout LayoutOf(QuantizedFormat format) =>
        StreamLayout.Of([new WeightProduct("p", [.. RowBlock.Of("w", 0, 100, format)], 304)], 1, 64);

    [Fact]
    public void A_product_without_rows_leaves_nothing()
    {
        StreamLayout layout = StreamLayout.Of([new WeightProduct("none", [], 64)], 3, 64);

        Assert.Equal((0L, 0L), (layout.Length(2), layout.Pages));
        Assert.Empty(StreamLayout.Tiles([new WeightProduct("none", [], 64)], 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(32)]
    public void Streams_end_with_no_more_than_the_largest_tile_between_them(int channels)
    {
        Random random = new(channels);
        for (int i = 0; i < 50; i++)
        {
            WeightProduct[] products = [.. Enumerable.Range(0, 20).Select(p => new WeightProduct(
                $"p{p}",
                [
                    .. RowBlock.Of("w", 0, random.Next(0, 60), RandomWeights.Format(random)),
                    .. RowBlock.Of("v", 0, random.Next(0, 60), RandomWeights.Format(random)),
                ],
                random.Next(1, 500)))];
            PlacedTile[] tiles = [.. StreamLayout.Tiles(products, channels)];
            long largest = tiles.Max(t => t.Header.TileBytes);
            long sizes = tiles.Select(t => t.Header.TileBytes).Distinct().Count();
            StreamLayout layout = StreamLayout.Of(products, channels, 4096);
            long[] placed = new long[channels];
            for (int p = 0; p < products.Length; p++)
            {
                foreach (PlacedTile tile in tiles.Where(t => t.Product == p))
                {
                    Assert.InRange(tile.Position, placed[tile.Channel], long.MaxValue);
                }

                long[] ends = [.. Enumerable.Range(0, channels).Select(c => layout.End(p, c))];
                foreach (PlacedTile tile in tiles.Where(t => t.Product == p))
                {
                    placed[tile.Channel] += tile.Header.TileBytes;
                }

                Assert.Equal(ends, placed);

                // On the way, tiles of each size may be behind where the larger ones will only later be.
                Assert.InRange(ends.Max() - ends.Min(), 0, p == products.Length - 1 ? largest + TileHeader.HeaderBytes : 2 * sizes * largest);
            }
        }
    }

    [Theory]
    [InlineData(4, 32, 8)]
    [InlineData(4, 32, 10)]
    [InlineData(4, 32, 11)]
    [InlineData(8, 64, 8)]
    [InlineData(8, 64, 10)]
    [InlineData(8, 64, 11)]
    public void Scales_fill_up_what_the_weights_of_a_small_model_leave_uneven(int bits, int groupSize, int channels)
    {
        // A core's share of two layers and a head; a weights tile of the head alone is more than 2 % of a stream.
        QuantizedFormat body = new(bits, groupSize);
        List<WeightProduct> products = [];
        for (int layer = 0; layer < 2; layer++)
        {
            products.Add(new("qkv", [.. RowBlock.Of("qkv", 0, 96, body)], 128));
            products.Add(new("o", [.. RowBlock.Of("o", 0, 64, body)], 128));
            products.Add(new("gate-up", [.. RowBlock.Of("gu", 0, 288, body)], 128));
            products.Add(new("down", [.. RowBlock.Of("down", 0, 64, body)], 384));
        }

        products.Add(new("head", [.. RowBlock.Of("head", 0, 688, new QuantizedFormat(8, 64))], 128));
        StreamLayout layout = StreamLayout.Of(products, channels, 64);

        long[] lengths = [.. Enumerable.Range(0, channels).Select(layout.Length)];
        Assert.InRange(lengths.Max() - lengths.Min(), 0, 2 * TileHeader.ScalesTileBytes);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Seven_billion_weights_take_the_bytes_of_their_tiles(int valueBits)
    {
        QuantizedFormat values = new(valueBits, 64);
        List<WeightProduct> products = [];
        for (int layer = 0; layer < 32; layer++)
        {
            products.Add(new("qkv", [.. RowBlock.Of("qk", 0, 8192, Format), .. RowBlock.Of("v", 0, 4096, values)], 4096));
            products.Add(new("o", [.. RowBlock.Of("o", 0, 4096, Format)], 4096));
            products.Add(new("gate-up", [.. RowBlock.Of("gu", 0, 22016, Format)], 4096));
            products.Add(new("down", [.. RowBlock.Of("down", 0, 4096, Format)], 11008));
        }

        products.Add(new("head", [.. RowBlock.Of("head", 0, 32000, Format)], 4096));
        long blocks = products.Sum(p => p.Blocks.Count);
        long groups = products.Sum(p => (long)p.Blocks.Count * Format.GroupsIn(p.Columns));
        long valueGroups = 32 * (4096 / 16) * (4096 / 64);
        StreamLayout layout = StreamLayout.Of(products, 32, 4096);

        Assert.Equal((blocks * 72) + (groups * 532) + (valueGroups * (valueBits - 4) * 128), Enumerable.Range(0, 32).Sum(layout.Length));
    }

    [Fact]
    public void What_headers_cannot_number_is_refused()
    {
        CompilationException fault = Assert.Throws<CompilationException>(
            () => new WeightProduct("head", [.. RowBlock.Of("w", 0, 262_160, Format)], 64));
        Assert.Equal(Codes.DoesNotFit, fault.Diagnostics[0].Code);

        // 16385 groups of 32, but only 8193 of 64.
        int columns = (16384 * 32) + 1;
        RowBlock wide = new("w", 0, 16, Format);
        Assert.Equal(2 * 8194, StreamLayout.Tiles([new WeightProduct("p", [wide, wide], columns)], 1).Count());
        fault = Assert.Throws<CompilationException>(() => new WeightProduct("p", [wide, new RowBlock("v", 0, 16, new QuantizedFormat(4, 32))], columns));
        Assert.Equal(Codes.DoesNotFit, fault.Diagnostics[0].Code);
        Assert.Contains("16385 groups", fault.Message);
    }

    [Fact]
    public void Row_blocks_that_no_tile_can_hold_are_refused()
    {
        RowBlock good = new("w", 0, 16, Format);
        RowBlock[] bad =
        [
            good with { RowCount = 0 }, good with { RowCount = 17 }, good with { FirstRow = -1 }, good with { Format = new(4, 48) },
            good with { Format = new(9, 64) }, good with { Format = default },
        ];
        Assert.All(bad, b => Assert.ThrowsAny<ArgumentException>(() => new WeightProduct("p", [good, b], 64)));
        Assert.ThrowsAny<ArgumentException>(() => new WeightProduct("p", [good], 0));
    }
}
