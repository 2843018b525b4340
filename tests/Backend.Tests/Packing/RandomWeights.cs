using Flightc.Backend.Packing;
using Flightc.IR;

namespace Flightc.Tests.Packing;

/// <summary>Weights by seed, with blocks of every density.</summary>
internal static class RandomWeights
{
    /// <summary>Whole range of codes; in every block of 16×16 at most a random one of 0, 1, 2, 3, 4, 7, 8, 9, 16 codes of a row are not 0.</summary>
    public static QuantizedMatrix Matrix(Random random, int rows, int columns, QuantizedFormat format, bool sparse)
    {
        int[] limits = [0, 1, 2, 3, 4, 7, 8, 9, 16];
        int groups = format.GroupsIn(columns);
        sbyte[] codes = new sbyte[rows * columns];
        for (int block = 0; block < (rows + 15) / 16 * ((columns + 15) / 16); block++)
        {
            (int rowBlock, int columnBlock) = Math.DivRem(block, (columns + 15) / 16);
            int limit = sparse ? limits[random.Next(limits.Length)] : 16;
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

    /// <summary>A product whose blocks alternate between two weights, with other counts of rows than 16.</summary>
    public static WeightProduct Product(Random random, string name, Dictionary<string, QuantizedMatrix> matrices, QuantizedFormat format, bool sparse)
    {
        int columns = random.Next(1, 400);
        int rows = random.Next(1, 100);
        string gate = $"{name}.gate", up = $"{name}.up";
        matrices[gate] = Matrix(random, rows, columns, format, sparse);
        matrices[up] = Matrix(random, rows + 5, columns, format, sparse);
        IEnumerable<RowBlock> blocks = WeightProduct.BlocksOf(gate, 0, rows)
            .Zip(WeightProduct.BlocksOf(up, 5, rows), (g, u) => new[] { g, u })
            .SelectMany(pair => pair);
        return new WeightProduct(name, [.. blocks], columns, format);
    }

    /// <summary>Packs into memory.</summary>
    public static (StreamLayout Layout, byte[][] Streams) Pack(
        IReadOnlyList<WeightProduct> products, Func<string, QuantizedMatrix> matrices, int channels, int pageBytes, bool sparse, int threads = -1)
    {
        MemoryStream[] streams = [.. Enumerable.Range(0, channels).Select(_ => new MemoryStream())];
        StreamPacker packer = new(channels, pageBytes, (c, position, bytes) =>
        {
            Assert.Equal(position, streams[c].Length);
            streams[c].Write(bytes);
        })
        { AllowSparse = sparse, MaxThreads = threads };
        StreamLayout layout = packer.Pack(products, matrices);
        return (layout, [.. streams.Select(s => s.ToArray())]);
    }

    public static StreamUnpacker Unpacker(byte[][] streams) => new([.. streams.Select(s => new MemoryStream(s))]);

    /// <summary>Asserts that a product's rows are those of its weights, and the padding 0.</summary>
    public static void AssertSame(WeightProduct product, Func<string, QuantizedMatrix> matrices, QuantizedMatrix actual)
    {
        Assert.Equal(16 * product.Blocks.Count, actual.Rows);
        for (int n = 0; n < actual.Rows; n++)
        {
            RowBlock block = product.Blocks[n / 16];
            QuantizedMatrix source = matrices(block.Weight);
            ReadOnlySpan<sbyte> codes = actual.Codes.AsSpan(n * actual.Columns, actual.Columns);
            ReadOnlySpan<byte> multipliers = actual.Multipliers.AsSpan(n * actual.Groups, actual.Groups);
            if (n % 16 >= block.RowCount)
            {
                Assert.Equal(-1, codes.IndexOfAnyExcept((sbyte)0));
                Assert.Equal(-1, multipliers.IndexOfAnyExcept((byte)0));
                Assert.Equal(0, actual.RowScales[n]);
                continue;
            }

            int row = block.FirstRow + (n % 16);
            Assert.True(codes.SequenceEqual(source.Codes.AsSpan(row * source.Columns, source.Columns)), $"codes of row {row} of {block.Weight}");
            Assert.True(multipliers.SequenceEqual(source.Multipliers.AsSpan(row * source.Groups, source.Groups)));
            Assert.Equal(source.RowScales[row], actual.RowScales[n]);
        }
    }
}
