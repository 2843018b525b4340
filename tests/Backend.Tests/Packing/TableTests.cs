using Flightc.Backend.Packing;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.Packing;

public sealed class TableTests
{
    private static readonly TableShape Shape = new()
    {
        VocabularySize = 5,
        HiddenSize = 70,
        EmbeddingFormat = new QuantizedFormat(6, 32),
        Positions = 3,
        RotaryWidths = [6],
        Vectors = [new TableVector("a", 70), new TableVector("b", 16), new TableVector("c", 1)],
        MaxTokens = 9,
    };

    [Fact]
    public void Every_part_is_aligned_and_follows_the_one_before()
    {
        TableLayout layout = new(Shape);

        Assert.Equal((60L, 60L), (layout.EmbeddingRowBytes, layout.EmbeddingPitch));
        Assert.Equal((320L, 320L, 24L, 72L), (layout.EmbeddingBytes, layout.RotaryAddress(0), layout.RotaryPitch(0), layout.RotaryBytes));
        Assert.Equal([448L, 768, 832], Enumerable.Range(0, 3).Select(layout.VectorAddress));
        Assert.Equal((896L, 896L, 960L, 64L), (layout.TableBytes, layout.IdsAddress, layout.LogitsAddress, layout.LogitsPitch));
        Assert.Equal(960 + (9 * 64), layout.TotalBytes);
    }

    [Fact]
    public void What_is_written_lies_where_the_layout_says()
    {
        TableLayout layout = new(Shape);
        QuantizedMatrix embedding = RandomWeights.Matrix(new Random(5), 5, 70, Shape.EmbeddingFormat, false);
        using MemoryStream stream = new();

        TableWriter.Write(
            layout,
            embedding,
            [(p, row) => Fill(row, 10 * p)],
            name => Enumerable.Repeat((float)name[0], name switch { "a" => 70, "b" => 16, _ => 1 }).ToArray(),
            stream);

        byte[] bytes = stream.ToArray();
        Assert.Equal(layout.TableBytes, bytes.Length);
        for (int id = 0; id < 5; id++)
        {
            ReadOnlySpan<byte> row = bytes.AsSpan(60 * id, 60);
            Assert.Equal(embedding.RowScales[id], BitConverter.ToSingle(row));
            Assert.Equal(embedding.Multipliers[(3 * id)..(3 * id + 3)], row[4..7].ToArray());
            UInt128 first = 0, mask = 63;
            for (int k = 0; k < 20; k++)
            {
                first |= ((UInt128)(byte)embedding.Codes[(70 * id) + k] & mask) << (6 * k);
            }

            Assert.Equal(first, BitConverter.ToUInt128(row[7..]) & ((UInt128.One << 120) - 1));
            Assert.Equal(embedding.Codes[(70 * id) + 69] & 63, (row[58] >> 6) | ((row[59] & 15) << 2));
            Assert.Equal(0, row[59] >> 4);
        }

        Assert.Equal(23.5f, BitConverter.ToSingle(bytes, 320 + (2 * 24) + (3 * 4)));
        Assert.Equal('a', BitConverter.ToSingle(bytes, 448 + (69 * 4)));
        Assert.Equal('b', BitConverter.ToSingle(bytes, 768));
        Assert.Equal('c', BitConverter.ToSingle(bytes, 832));
        Assert.Equal(-1, bytes.AsSpan(836).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void A_code_that_does_not_fit_its_width_is_found_with_its_row_and_the_name()
    {
        QuantizedMatrix embedding = RandomWeights.Matrix(new Random(5), 5, 70, Shape.EmbeddingFormat, false);
        embedding.Codes[(3 * 70) + 69] = 32;

        CompilationException error = Assert.Throws<CompilationException>(
            () => TableWriter.Write(new TableLayout(Shape), embedding, [(_, _) => { }], _ => new float[70], Stream.Null, embeddingName: "embed.weight"));

        Assert.Equal((Codes.Internal, "embed.weight"), (error.Diagnostics[0].Code, error.Diagnostics[0].Location));
        Assert.Contains("row 3 of the table does not unpack to what was packed as 6g32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_rotary_table_and_vectors_has_an_embedding_alone()
    {
        TableLayout layout = new(Shape with { RotaryWidths = [], Vectors = [] });

        Assert.Equal((320L, 320L), (layout.EmbeddingBytes, layout.TableBytes));
    }

    [Fact]
    public void Several_rotary_tables_and_learned_positions_lie_one_behind_the_other()
    {
        TableShape shape = Shape with { RotaryWidths = [6, 2], LearnedPositions = 2 };
        TableLayout layout = new(shape);
        QuantizedMatrix embedding = RandomWeights.Matrix(new Random(5), 5, 70, Shape.EmbeddingFormat, false);
        using MemoryStream stream = new();

        TableWriter.Write(
            layout, embedding, [(p, row) => Fill(row, 10 * p), (p, row) => Fill(row, 100 * p)], name => new float[name switch { "a" => 70, "b" => 16, _ => 1 }],
            stream, (p, row) => Fill(row, 1000 * p));

        byte[] bytes = stream.ToArray();
        Assert.Equal(layout.TableBytes, bytes.Length);
        Assert.Equal((320L, 448L, 512L, 280L), (layout.RotaryAddress(0), layout.RotaryAddress(1), layout.LearnedAddress, layout.LearnedPitch));
        Assert.Equal((152L, 1088L), (layout.RotaryBytes, layout.VectorAddress(0)));
        Assert.Equal(201.5f, BitConverter.ToSingle(bytes, 448 + (2 * 8) + 4));
        Assert.Equal(1069.5f, BitConverter.ToSingle(bytes, 512 + 280 + (69 * 4)));
    }

    private static void Fill(Span<float> row, int first)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = first + i + 0.5f;
        }
    }
}
