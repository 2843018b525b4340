using System.Buffers.Binary;
using Flightc.Backend.Packing;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class StreamPackerTests
{
    public static TheoryData<int, int, bool> Formats()
    {
        TheoryData<int, int, bool> formats = [];
        foreach (int group in (int[])[32, 64, 128])
        {
            for (int bits = 2; bits <= 8; bits++)
            {
                formats.Add(bits, group, false);
                formats.Add(bits, group, true);
            }
        }

        return formats;
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Streams_unpack_to_the_weights(int bits, int groupSize, bool sparse)
    {
        Random random = new((bits * 1000) + groupSize);
        for (int i = 0; i < 6; i++)
        {
            Dictionary<string, QuantizedMatrix> matrices = [];
            WeightProduct[] products = [.. Enumerable.Range(0, 3).Select(
                p => RandomWeights.Product(random, $"p{p}", matrices, new QuantizedFormat(bits, groupSize), sparse))];
            int channels = random.Next(1, 12);

            (StreamLayout layout, byte[][] streams) = RandomWeights.Pack(products, n => matrices[n], channels, 512, sparse);

            Assert.All(streams, s => Assert.Equal(layout.Bytes, s.Length));
            StreamUnpacker unpacker = RandomWeights.Unpacker(streams);
            Assert.All(products, p => RandomWeights.AssertSame(p, n => matrices[n], unpacker.Next(p)));
            unpacker.Finish(512);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void Streams_of_products_with_several_formats_unpack_to_the_weights(int seed, bool sparse)
    {
        Random random = new(seed);
        for (int i = 0; i < 25; i++)
        {
            Dictionary<string, QuantizedMatrix> matrices = [];
            WeightProduct[] products = MixedProducts(random, 4, matrices, sparse);
            int channels = random.Next(1, 12);

            (_, byte[][] streams) = RandomWeights.Pack(products, n => matrices[n], channels, 512, sparse);

            StreamUnpacker unpacker = RandomWeights.Unpacker(streams);
            Assert.All(products, p => RandomWeights.AssertSame(p, n => matrices[n], unpacker.Next(p)));
            unpacker.Finish(512);
        }
    }

    [Fact]
    public void Streams_have_every_tile_where_the_layout_says_and_the_work_that_it_says()
    {
        Random random = new(7);
        Dictionary<string, QuantizedMatrix> matrices = [];
        WeightProduct[] products =
        [
            .. Enumerable.Range(0, 12).Select(p => RandomWeights.Product(random, $"p{p}", matrices, RandomWeights.Format(random), true)),
            .. MixedProducts(random, 20, matrices, true),
        ];
        Assert.Contains(products, p => p.Blocks.Select(b => b.Format).Distinct().Count() == 3);
        Assert.Contains(products, p => p.Blocks.Select(b => b.Format.Sparsity).Distinct().Count() > 1);

        (StreamLayout packed, byte[][] streams) = RandomWeights.Pack(products, n => matrices[n], 7, 4096, sparse: false);

        StreamLayout layout = StreamLayout.Of(products, 7, 4096);
        Assert.Equal(layout.Pages, packed.Pages);
        for (int p = 0; p < products.Length; p++)
        {
            Assert.All(Enumerable.Range(0, 7), c => Assert.Equal((layout.End(p, c), layout.Work(p, c)), (packed.End(p, c), packed.Work(p, c))));
        }

        Assert.All(StreamLayout.Tiles(products, 7), t =>
        {
            // Which blocks are how dense, codes decide where there is a pattern; not how many.
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(streams[t.Channel].AsSpan((int)t.Position));
            bool isFree = t.Header.Kind == TileKind.Weights && !products[t.Product].Blocks[t.Header.RowBlock].Format.Sparsity.Pattern.IsEmpty;
            Assert.Equal(t.Header.Word & (isFree ? (1UL << 36) - 1 : ulong.MaxValue), word & (isFree ? (1UL << 36) - 1 : ulong.MaxValue));
            Assert.Equal(ChannelWork.Of(t.Header), ChannelWork.Of(TileHeader.Parse(word)));
        });
        Assert.All(Enumerable.Range(0, 7), c => Assert.Equal(-1, streams[c].AsSpan((int)layout.Length(c)).IndexOfAnyExcept((byte)0)));
    }

    [Fact]
    public void Sparse_streams_are_never_longer_together_than_dense_ones()
    {
        Random random = new(8);
        for (int i = 0; i < 40; i++)
        {
            Dictionary<string, QuantizedMatrix> matrices = [];
            WeightProduct product = RandomWeights.Product(random, "p", matrices, RandomWeights.Format(random), i % 2 == 0);
            (StreamLayout dense, _) = RandomWeights.Pack([product], n => matrices[n], 1, 64, sparse: false);
            (StreamLayout sparse, _) = RandomWeights.Pack([product], n => matrices[n], 1, 64, sparse: true);
            Assert.InRange(sparse.Length(0), 1, dense.Length(0));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_do_not_change_the_bytes_and_large_products_come_in_parts(bool sparse)
    {
        // 11.5 MB packed: more than one chunk.
        Random random = new(9);
        QuantizedMatrix matrix = RandomWeights.Matrix(random, 1000, 10_000, new QuantizedFormat(8, 64), sparse);
        WeightProduct product = new("p", [.. RowBlock.Of("w", 3, 997, matrix.Format)], 10_000);
        (_, byte[][] one) = RandomWeights.Pack([product], _ => matrix, 3, 4096, sparse, threads: 1);
        (_, byte[][] many) = RandomWeights.Pack([product], _ => matrix, 3, 4096, sparse, threads: 8);

        Assert.All(Enumerable.Range(0, 3), c => Assert.True(one[c].AsSpan().SequenceEqual(many[c])));
        RandomWeights.AssertSame(product, _ => matrix, RandomWeights.Unpacker(many).Next(product));
    }

    [Fact]
    public void A_code_that_does_not_fit_its_width_is_found_at_once()
    {
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(3), 40, 64, new QuantizedFormat(4, 32), false);
        matrix.Codes[(20 * 64) + 7] = 8;
        WeightProduct product = new("p", [.. RowBlock.Of("w", 0, 40, matrix.Format)], 64);

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Pack([product], _ => matrix, 2, 64, false));

        Assert.Equal(Codes.Internal, fault.Diagnostics[0].Code);
        Assert.Contains("rows 16 to 31", fault.Message);
    }

    [Fact]
    public void A_row_that_keeps_more_than_its_sparsity_is_found_at_once()
    {
        QuantizedFormat format = new(4, 32, new Sparsity(4, 16));
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(3), 40, 64, format, false);
        matrix.Codes.AsSpan((20 * 64) + 16, 5).Fill(1);
        WeightProduct product = new("p", [.. RowBlock.Of("w", 0, 40, format)], 64);

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Pack([product], _ => matrix, 2, 64, false));

        Assert.Equal(Codes.Internal, fault.Diagnostics[0].Code);
        Assert.Contains("rows 16 to 31", fault.Message);
    }

    [Fact]
    public void The_densest_entry_of_a_pattern_goes_to_the_block_that_needs_it()
    {
        QuantizedFormat format = QuantizedFormat.Parse("4g64 16.8.4.0:16")!.Value;
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(3), 16, 64, format, false);
        matrix.Codes.AsSpan().Clear();
        matrix.Codes.AsSpan((3 * 64) + 32, 9).Fill(1); // block 2: 9 codes in a row
        matrix.Codes.AsSpan((5 * 64) + 16, 3).Fill(1); // block 1: 3, and none in blocks 0 and 3
        WeightProduct product = new("p", [.. RowBlock.Of("w", 0, 16, format)], 64);

        (StreamLayout layout, byte[][] streams) = RandomWeights.Pack([product], _ => matrix, 1, 64, false);

        TileHeader header = TileHeader.Parse(BinaryPrimitives.ReadUInt64LittleEndian(streams[0].AsSpan(TileHeader.ScalesTileBytes)));
        Assert.Equal([4, 8, 16, 0], Enumerable.Range(0, 4).Select(i => header.Block(i).Kept));
        Assert.Equal(TileHeader.ScalesTileBytes + TileHeader.BlocksAt + 128 + 96 + 64, layout.Length(0));
        RandomWeights.AssertSame(product, _ => matrix, RandomWeights.Unpacker(streams).Next(product));
    }

    [Fact]
    public void A_tile_whose_blocks_do_not_match_its_pattern_is_found_at_once()
    {
        QuantizedFormat format = QuantizedFormat.Parse("4g64 16.8.4.0:16")!.Value;
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(3), 40, 64, format, false);
        for (int block = 0; block < 4; block++)
        {
            matrix.Codes[(20 * 64) + (16 * block)] = 1; // none can be absent
        }

        WeightProduct product = new("p", [.. RowBlock.Of("w", 0, 40, format)], 64);

        CompilationException fault = Assert.Throws<CompilationException>(() => RandomWeights.Pack([product], _ => matrix, 2, 64, false));

        Assert.Equal((Codes.Internal, "w"), (fault.Diagnostics[0].Code, fault.Diagnostics[0].Location));
        Assert.Contains("rows 16 to 31 do not unpack to what was packed as 4g64 16.8.4.0:16", fault.Message);
    }

    [Fact]
    public void Lengths_do_not_depend_on_codes()
    {
        foreach (string text in (string[])["4g32 8:16", "4g32 16.2:16", "3g128 16.8.8.4.4.2.0.0:16"])
        {
            AssertLengthsAreAlike(QuantizedFormat.Parse(text)!.Value);
        }
    }

    private static void AssertLengthsAreAlike(QuantizedFormat format)
    {
        WeightProduct product = new("p", [.. RowBlock.Of("w", 0, 100, format)], 90);
        QuantizedMatrix full = RandomWeights.Matrix(new Random(1), 100, 90, format, false), few = RandomWeights.Matrix(new Random(2), 100, 90, format, true);
        few.Codes.AsSpan(0, 3000).Clear();

        (_, byte[][] one) = RandomWeights.Pack([product], _ => full, 3, 64, false);
        (_, byte[][] other) = RandomWeights.Pack([product], _ => few, 3, 64, false);

        Assert.Equal(one.Select(s => s.Length), other.Select(s => s.Length));
        RandomWeights.AssertSame(product, _ => few, RandomWeights.Unpacker(other).Next(product));
    }

    [Fact]
    public void A_weight_of_another_format_than_its_row_block_is_refused()
    {
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(3), 32, 64, new QuantizedFormat(4, 32), false);
        WeightProduct product = new("p", [new RowBlock("w", 0, 16, matrix.Format), new RowBlock("w", 16, 16, new QuantizedFormat(4, 64))], 64);

        ArgumentException fault = Assert.Throws<ArgumentException>(() => RandomWeights.Pack([product], _ => matrix, 2, 64, false));

        Assert.Contains("w is (32, 64) 4g32; p wants 16 rows from 16 of 64 columns 4g64", fault.Message);
    }

    [Fact]
    public void Each_weight_is_asked_for_once_per_product()
    {
        Dictionary<string, QuantizedMatrix> matrices = [];
        WeightProduct product = RandomWeights.Product(new Random(2), "p", matrices, new QuantizedFormat(3, 32), false);
        List<string> asked = [];
        RandomWeights.Pack([product], n => { asked.Add(n); return matrices[n]; }, 2, 64, false);

        Assert.Equal(["p.gate", "p.up"], asked);
    }

    [Fact]
    public void A_core_has_the_products_it_was_announced_with()
    {
        QuantizedMatrix matrix = RandomWeights.Matrix(new Random(5), 20, 64, new QuantizedFormat(4, 32), false);
        StreamPacker packer = new([new WeightProduct("p", [.. RowBlock.Of("w", 0, 20, matrix.Format)], 64)], 2, 64, (_, _, _) => { });

        Assert.Throws<InvalidOperationException>(packer.Finish);
        packer.Next(_ => matrix);
        Assert.Throws<InvalidOperationException>(() => packer.Next(_ => matrix));
        Assert.Equal(1, packer.Finish().Products);
    }

    private static WeightProduct[] MixedProducts(Random random, int count, Dictionary<string, QuantizedMatrix> matrices, bool sparse) =>
    [
        .. Enumerable.Range(0, count).Select(p => p % 2 == 0
            ? RandomWeights.Concatenated(random, $"m{p}", matrices, sparse)
            : RandomWeights.Alternating(random, $"m{p}", matrices, RandomWeights.Format(random), RandomWeights.Format(random), sparse)),
    ];
}
