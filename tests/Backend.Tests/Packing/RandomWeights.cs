using Flightc.Backend.Packing;
using Flightc.IR;

namespace Flightc.Tests.Packing;

/// <summary>Weights by seed, with blocks of every density.</summary>
internal static class RandomWeights
{
    /// <summary>Whole range of codes; in every block of 16×16 at most a random one of 0, 1, 2, 3, 4, 7, 8, 9, 16 codes of a row are not 0, and no more than the format keeps, in whichever order a pattern is.</summary>
    public static QuantizedMatrix Matrix(Random random, int rows, int columns, QuantizedFormat format, bool sparse)
    {
        int[] limits = [0, 1, 2, 3, 4, 7, 8, 9, 16];
        int groups = format.GroupsIn(columns);
        sbyte[] codes = new sbyte[rows * columns];
        int[] entries = [];
        for (int block = 0; block < (rows + 15) / 16 * ((columns + 15) / 16); block++)
        {
            (int rowBlock, int columnBlock) = Math.DivRem(block, (columns + 15) / 16);
            (_, int place) = Math.DivRem(columnBlock, format.GroupSize / 16);
            entries = place == 0 ? Entries(random, format, Math.Min(format.GroupSize / 16, ((columns + 15) / 16) - columnBlock)) : entries;
            int limit = Math.Min(entries[place], sparse ? limits[random.Next(limits.Length)] : 16);
            for (int r = rowBlock * 16; r < Math.Min(rows, (rowBlock * 16) + 16); r++)
            {
                for (int i = 0; i < limit; i++)
                {
                    int column = (columnBlock * 16) + random.Next(16);
                    if (column < columns)
                    {
                        codes[(r * columns) + column] = (sbyte)random.Next(-(1 << (format.Bits - 1)), 1 << (format.Bits - 1));
                    }
                }
            }
        }

        byte[] multipliers = new byte[rows * groups];
        random.NextBytes(multipliers);
        multipliers = [.. multipliers.Select(m => (byte)(m & 63))];
        float[] scales = [.. Enumerable.Range(0, rows).Select(_ => random.NextSingle())];
        return new QuantizedMatrix(rows, columns, format, codes, multipliers, scales);
    }

    /// <summary>Any format that a weight can have: a third dense, a third with a pattern.</summary>
    public static QuantizedFormat Format(Random random)
    {
        int group = 32 << random.Next(3);
        return new QuantizedFormat(random.Next(2, 9), group, random.Next(3) switch
        {
            0 => default,
            1 => Sparsity.All[random.Next(Sparsity.All.Count)],
            _ => Pattern(random, group),
        });
    }

    /// <summary>Any pattern of a tile.</summary>
    public static Sparsity Pattern(Random random, int group)
    {
        TilePattern[] all = [.. TilePattern.All(group / 16)];
        return Sparsity.Of(all[random.Next(all.Length)]);
    }

    /// <summary>A row that blocks of a weight may begin with: one within 16 where the format has no pattern.</summary>
    public static int FirstRow(QuantizedFormat format, int odd) => format.Sparsity.Pattern.IsEmpty ? odd : 16;

    /// <summary>A product whose blocks alternate between two weights of one format, with other counts of rows than 16.</summary>
    public static WeightProduct Product(
        Random random, string name, Dictionary<string, QuantizedMatrix> matrices, QuantizedFormat format, bool sparse) =>
        Alternating(random, name, matrices, format, format, sparse);

    /// <summary>A product whose blocks alternate between two weights, with other counts of rows than 16.</summary>
    public static WeightProduct Alternating(
        Random random, string name, Dictionary<string, QuantizedMatrix> matrices, QuantizedFormat gateFormat, QuantizedFormat upFormat, bool sparse)
    {
        int columns = random.Next(1, 400);
        int rows = random.Next(1, 100);
        string gate = $"{name}.gate", up = $"{name}.up";
        matrices[gate] = Matrix(random, rows, columns, gateFormat, sparse);
        int first = FirstRow(upFormat, 5);
        matrices[up] = Matrix(random, rows + first, columns, upFormat, sparse);
        IEnumerable<RowBlock> blocks = RowBlock.Of(gate, 0, rows, gateFormat)
            .Zip(RowBlock.Of(up, first, rows, upFormat), (g, u) => new[] { g, u })
            .SelectMany(pair => pair);
        return new WeightProduct(name, [.. blocks], columns);
    }

    /// <summary>A product of three weights one after the other, each of its own random format and rows, perhaps none.</summary>
    public static WeightProduct Concatenated(Random random, string name, Dictionary<string, QuantizedMatrix> matrices, bool sparse)
    {
        int columns = random.Next(1, 400);
        List<RowBlock> blocks = [];
        foreach (string weight in (string[])[$"{name}.q", $"{name}.k", $"{name}.v"])
        {
            int rows = random.Next(0, 60);
            QuantizedFormat format = Format(random);
            int first = FirstRow(format, 2);
            matrices[weight] = Matrix(random, rows + first + 1, columns, format, sparse);
            blocks.AddRange(RowBlock.Of(weight, first, rows, format));
        }

        return new WeightProduct(name, blocks, columns);
    }

    /// <summary>Packs into memory.</summary>
    public static (StreamLayout Layout, byte[][] Streams) Pack(
        IReadOnlyList<WeightProduct> products, Func<string, QuantizedMatrix> matrices, int channels, int pageBytes, bool sparse, int threads = -1)
    {
        MemoryStream[] streams = [.. Enumerable.Range(0, channels).Select(_ => new MemoryStream())];
        StreamPacker packer = new(products, channels, pageBytes, (c, position, bytes) =>
        {
            Assert.Equal(position, streams[c].Length);
            streams[c].Write(bytes);
        })
        { AllowSparse = sparse, MaxThreads = threads };
        StreamLayout layout = packer.Pack(matrices);
        return (layout, [.. streams.Select(s => s.ToArray())]);
    }

    public static StreamUnpacker Unpacker(byte[][] streams) => new([.. streams.Select(s => new MemoryStream(s))]);

    /// <summary>Asserts that a product's row blocks are the rows of its weights.</summary>
    public static void AssertSame(WeightProduct product, Func<string, QuantizedMatrix> matrices, IReadOnlyList<QuantizedMatrix> actual)
    {
        Assert.Equal(product.Blocks.Count, actual.Count);
        for (int b = 0; b < actual.Count; b++)
        {
            RowBlock block = product.Blocks[b];
            QuantizedMatrix source = matrices(block.Weight);
            Range Rows(int perRow) => (block.FirstRow * perRow)..((block.FirstRow + block.RowCount) * perRow);
            Assert.Equal((block.RowCount, source.Columns, source.Format), (actual[b].Rows, actual[b].Columns, actual[b].Format));
            Assert.True(actual[b].Codes.AsSpan().SequenceEqual(source.Codes.AsSpan(Rows(source.Columns))), $"codes of {block}");
            Assert.True(actual[b].Multipliers.AsSpan().SequenceEqual(source.Multipliers.AsSpan(Rows(source.Groups))), $"multipliers of {block}");
            Assert.True(actual[b].RowScales.AsSpan().SequenceEqual(source.RowScales.AsSpan(Rows(1))), $"scales of {block}");
        }
    }

    // What each block of a tile keeps, in a random order.
    private static int[] Entries(Random random, QuantizedFormat format, int blocks)
    {
        Sparsity sparsity = format.Sparsity;
        int[] entries = [.. Enumerable.Range(0, blocks).Select(i => sparsity.Pattern.IsEmpty ? sparsity.KeptOf16 : sparsity.Pattern.OfFirst(blocks)[i])];
        random.Shuffle(entries);
        return entries;
    }
}
