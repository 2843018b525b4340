using Flightc.Backend.Packing;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class StreamUnpackerTests
{
    private const int Page = 128;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_streams_give_a_diagnostic_or_other_weights(int seed)
    {
        Random random = new(seed);
        Dictionary<string, QuantizedMatrix> matrices = [];
        WeightProduct[] products = [.. Enumerable.Range(0, 2).Select(p => RandomWeights.Alternating(
            random, $"p{p}", matrices, new QuantizedFormat(random.Next(2, 9), 32), RandomWeights.Format(random), true))];
        (_, byte[][] streams) = RandomWeights.Pack(products, n => matrices[n], 3, Page, sparse: true);
        int refused = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[][] damaged = [.. streams.Select(s => s.ToArray())];
            int channel = random.Next(3);
            switch (i % 4)
            {
                case 0:
                    damaged[channel] = damaged[channel][..random.Next(damaged[channel].Length)];
                    break;
                case 1:
                    random.NextBytes(damaged[channel].AsSpan(random.Next(damaged[channel].Length)));
                    break;
                case 2:
                    damaged[channel] = damaged[(channel + 1) % 3];
                    break;
                default:
                    damaged[channel][random.Next(damaged[channel].Length)] ^= (byte)(1 << random.Next(8));
                    break;
            }

            try
            {
                StreamUnpacker unpacker = RandomWeights.Unpacker(damaged);
                Array.ForEach(products, p => unpacker.Next(p));
                unpacker.Finish(Page);
                Assert.Equal(3, i % 4);
            }
            catch (CompilationException fault)
            {
                refused++;
                Assert.Equal(Codes.ImageDamaged, fault.Diagnostics[0].Code);
            }
        }

        Assert.InRange(refused, 300, 400);
    }

    [Fact]
    public void Each_broken_rule_is_named()
    {
        WeightProduct product = new("p", [new RowBlock("w", 0, 3, new QuantizedFormat(4, 32))], 20);
        byte[] scales = Tile(TileHeader.Scales(0, false), t => TileWriter.WriteScales(t, TileHeader.Scales(0, false), [1, 2, 3, .. new float[13]]));
        byte[] weights = Weights(2, true, new sbyte[512], new byte[16]);
        byte[] end = Tile(TileHeader.End, t => TileWriter.WriteEnd(t));
        sbyte[] beyondRow = new sbyte[512], beyondColumn = new sbyte[512];
        beyondRow[3 * 32] = 1;
        beyondColumn[21] = 1;
        byte[] beyondMultiplier = new byte[16];
        beyondMultiplier[3] = 1;

        byte[] negative = Change(scales, 11, 0xBF), infinite = Change(Change(scales, 10, 0x80), 11, 0x7F), padded = Change(scales, 8 + 12, 1);
        byte[] block1 = Change(scales, 0, 1 | 1 << 3);

        Refused("lack the scales of row block 0", [weights], [end]);
        Refused("lack group 0 of row block 0", [Change(scales, 0, 1 | 1 << 2)], [end]);
        Refused("ends within a tile", [scales], [end]);
        Refused("second time", [scales, scales, weights], [end]);
        Refused("end tile behind", [scales, end], [weights]);
        Refused("has scale -1", [negative, weights], [end]);
        Refused("has scale", [infinite, weights], [end]);
        Refused("has scale", [padded, weights], [end]);
        Refused("p has 1 row blocks", [block1, weights], [end]);
        Refused("beyond its 3 rows", [scales, Weights(2, true, beyondRow, new byte[16])], [end]);
        Refused("beyond its 3 rows", [scales, Weights(2, true, beyondColumn, new byte[16])], [end]);
        Refused("beyond its 3 rows", [scales, Weights(2, true, new sbyte[512], beyondMultiplier)], [end]);
        Refused("only zeros", [scales, weights, end], [end]);
        Refused("whole pages", [scales, weights, new byte[8]], [end]);
        _ = Unpack([scales, weights, new byte[(3 * Page) - 72 - weights.Length]], [end, new byte[(3 * Page) - 8]]);

        void Refused(string why, byte[][] first, byte[][] second)
        {
            CompilationException fault = Assert.Throws<CompilationException>(() => Unpack(first, second));
            Assert.Equal(Codes.ImageDamaged, fault.Diagnostics[0].Code);
            Assert.Contains(why, fault.Message);
        }

        IReadOnlyList<QuantizedMatrix> Unpack(byte[][] first, byte[][] second)
        {
            StreamUnpacker unpacker = RandomWeights.Unpacker([[.. first.SelectMany(t => t)], [.. second.SelectMany(t => t)]]);
            IReadOnlyList<QuantizedMatrix> matrices = unpacker.Next(product);
            unpacker.Finish(Page);
            return matrices;
        }
    }

    [Fact]
    public void Weights_in_the_format_of_another_row_block_are_refused()
    {
        // What one order of formats wrote is read with the other.
        QuantizedFormat narrow = new(4, 32), wide = new(8, 64);
        Dictionary<string, QuantizedMatrix> matrices = new()
        {
            ["a"] = RandomWeights.Matrix(new Random(1), 16, 64, narrow, false),
            ["b"] = RandomWeights.Matrix(new Random(2), 16, 64, wide, false),
        };
        WeightProduct written = new("p", [new RowBlock("a", 0, 16, narrow), new RowBlock("b", 0, 16, wide)], 64);
        WeightProduct read = new("p", [new RowBlock("b", 0, 16, wide), new RowBlock("a", 0, 16, narrow)], 64);
        (_, byte[][] streams) = RandomWeights.Pack([written], n => matrices[n], 1, Page, false);

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Unpacker(streams).Next(read));

        Assert.Equal(Codes.ImageDamaged, fault.Diagnostics[0].Code);
        Assert.Contains("'weights block 0 group 0 4g32'; row block 0 of p has 1 groups of 8g64", fault.Message);
    }

    [Fact]
    public void A_missing_group_is_found_in_the_row_block_it_belongs_to()
    {
        // Row block 1 has 2 groups, the others 1: the tile cut out is the last of block 1.
        QuantizedFormat narrow = new(4, 32), wide = new(8, 64);
        QuantizedMatrix a = RandomWeights.Matrix(new Random(1), 16, 64, narrow, false), b = RandomWeights.Matrix(new Random(2), 32, 64, wide, false);
        WeightProduct product = new("p", [new RowBlock("b", 0, 16, wide), new RowBlock("a", 0, 16, narrow), new RowBlock("b", 16, 16, wide)], 64);
        (_, byte[][] streams) = RandomWeights.Pack([product], n => n == "a" ? a : b, 1, Page, false);
        PlacedTile missing = StreamLayout.Tiles([product], 1).Single(t => t.Header.RowBlock == 1 && t.Header.Group == 1);
        byte[] cut = [.. streams[0][..(int)missing.Position], .. streams[0][(int)(missing.Position + missing.Header.TileBytes)..]];

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Unpacker([cut]).Next(product));

        Assert.Contains("lack group 1 of row block 1", fault.Message);
    }

    [Fact]
    public void A_block_beyond_the_last_column_is_refused()
    {
        WeightProduct product = new("p", [new RowBlock("w", 0, 16, new QuantizedFormat(4, 32))], 16);
        byte[] scales = Tile(TileHeader.Scales(0, false), t => TileWriter.WriteScales(t, TileHeader.Scales(0, false), new float[16]));
        byte[] stream = [.. scales, .. Weights(2, true, new sbyte[512], new byte[16])];

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Unpacker([stream]).Next(product));

        Assert.Contains("beyond column 16", fault.Message);
    }

    [Theory]
    [InlineData("4g64", "4g64 8:16")]
    [InlineData("4g64", "4g64 16.16.16.8:16")]
    [InlineData("4g64 16.8.8.4:16", "4g64 8.8.8.4:16")]
    [InlineData("4g64 16.16.0.0:16", "4g64 16.8.8.4:16")] // the second densest
    public void Blocks_that_keep_more_than_the_format_are_refused(string packed, string wanted)
    {
        QuantizedFormat format = QuantizedFormat.Parse(packed)!.Value;
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(5), 20, 128, format, false);
        (_, byte[][] streams) = RandomWeights.Pack([new WeightProduct("p", [.. RowBlock.Of("w", 0, 20, format)], 128)], _ => matrix, 2, Page, false);
        WeightProduct other = new("p", [.. RowBlock.Of("w", 0, 20, QuantizedFormat.Parse(wanted)!.Value)], 128);

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Unpacker(streams).Next(other));

        Assert.Equal(Codes.ImageDamaged, fault.Diagnostics[0].Code);
        Assert.Contains($"of p with blocks that keep more than {wanted}", fault.Message);
    }

    [Fact]
    public void Sums_that_do_not_fit_32_bits_are_refused()
    {
        // 2100 columns of 128 · 63 · 127 are more than 2^31.
        QuantizedFormat format = new(8, 32);
        QuantizedMatrix matrix = new(1, 2100, format, [.. Enumerable.Repeat((sbyte)-128, 2100)], [.. Enumerable.Repeat((byte)63, 66)], [1]);
        WeightProduct product = new("p", [new RowBlock("w", 0, 1, format)], 2100);
        (_, byte[][] streams) = RandomWeights.Pack([product], _ => matrix, 2, Page, false);

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Unpacker(streams).Next(product));

        Assert.Contains("row of row block 0 add up to 16934400", fault.Message);
    }

    private static byte[] Weights(int blocks, bool last, sbyte[] codes, byte[] multipliers)
    {
        TileHeader header = TileHeader.Weights(0, 0, new QuantizedFormat(4, 32), TileHeader.DensitiesOf(blocks), last);
        return Tile(header, t => TileWriter.WriteWeights(t, header, codes, multipliers));
    }

    private static byte[] Tile(TileHeader header, Action<byte[]> write)
    {
        byte[] tile = new byte[header.TileBytes];
        write(tile);
        return tile;
    }

    private static byte[] Change(byte[] tile, int at, byte value)
    {
        byte[] changed = [.. tile];
        changed[at] = value;
        return changed;
    }
}
