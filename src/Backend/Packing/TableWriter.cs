using System.Buffers.Binary;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>Fills the row of a position of a table.</summary>
/// <param name="position">0 …; of learned positions the number of the row.</param>
/// <param name="row">Of a rotary table r/2 cosines, then r/2 sines; of learned positions one element for each of the residual stream.</param>
public delegate void PositionRow(int position, Span<float> row);

/// <summary>Writes the tables of DDR, in ascending addresses: docs/memory.md §4.</summary>
public static class TableWriter
{
    /// <summary>Writes exactly <see cref="TableLayout.TableBytes"/> bytes.</summary>
    /// <param name="layout">Where everything lies.</param>
    /// <param name="embedding">(vocabulary, hidden)</param>
    /// <param name="rotary">One for each rotary table, called once per position, in order.</param>
    /// <param name="vectors">A vector by its name; called once for each, in order.</param>
    /// <param name="destination">Gets the bytes from its present position on; need not seek.</param>
    /// <param name="learned">Called once per row of learned positions, in order; null where there are none.</param>
    /// <param name="masks">Writes exactly <see cref="TableShape.MaskBytes"/> bytes; null where these are none.</param>
    /// <param name="embeddingName">The embedding's name, for errors.</param>
    /// <exception cref="ArgumentException">Something has another shape than the layout says.</exception>
    /// <exception cref="CompilationException">A row of the embedding does not unpack to what was packed (FLC9999).</exception>
    public static void Write(
        TableLayout layout, QuantizedMatrix embedding, IReadOnlyList<PositionRow> rotary,
        Func<string, ReadOnlyMemory<float>> vectors, Stream destination,
        PositionRow? learned = null, Action<Stream>? masks = null, string embeddingName = "embedding")
    {
        TableShape shape = layout.Shape;
        if (embedding.Rows != shape.VocabularySize || embedding.Columns != shape.HiddenSize
            || embedding.Format != shape.EmbeddingFormat)
        {
            throw new ArgumentException(
                $"the embedding is ({embedding.Rows}, {embedding.Columns}) {embedding.Format}, laid out for ({shape.VocabularySize}, "
                + $"{shape.HiddenSize}) {shape.EmbeddingFormat}",
                nameof(embedding));
        }

        long position = WriteEmbedding(layout, embedding, embeddingName, destination);
        position = Pad(position, layout.EmbeddingBytes, destination);
        for (int i = 0; i < shape.RotaryWidths.Count; i++)
        {
            position = Pad(position, layout.RotaryAddress(i), destination);
            position += WriteRows(shape.Positions, shape.RotaryWidths[i], rotary[i], destination);
        }

        if (shape.LearnedPositions > 0)
        {
            position = Pad(position, layout.LearnedAddress, destination);
            position += WriteRows(
                shape.LearnedPositions, shape.HiddenSize, learned ?? throw new ArgumentNullException(nameof(learned)), destination);
        }

        for (int i = 0; i < shape.Vectors.Count; i++)
        {
            position = Pad(position, layout.VectorAddress(i), destination);
            ReadOnlyMemory<float> vector = vectors(shape.Vectors[i].Name);
            if (vector.Length != shape.Vectors[i].Length)
            {
                throw new ArgumentException(
                    $"{shape.Vectors[i].Name} has {vector.Length} elements, not {shape.Vectors[i].Length}",
                    nameof(vectors));
            }

            position += WriteFloats(vector.Span, new byte[4 * vector.Length], destination);
        }

        position = Pad(position, layout.MaskAddress, destination);
        masks?.Invoke(destination);
        Pad(position + shape.MaskBytes, layout.TableBytes, destination);
    }

    private static long WriteEmbedding(TableLayout layout, QuantizedMatrix embedding, string name, Stream destination)
    {
        byte[] row = new byte[layout.EmbeddingPitch];
        sbyte[] codes = new sbyte[embedding.Columns];
        byte[] multipliers = new byte[embedding.Groups];
        for (int id = 0; id < embedding.Rows; id++)
        {
            TableRow.Write(embedding, id, row);
            float scale = TableRow.Read(embedding.Format, row, codes, multipliers);
            if (BitConverter.SingleToUInt32Bits(scale) != BitConverter.SingleToUInt32Bits(embedding.RowScales[id])
                || !embedding.Codes.AsSpan(id * embedding.Columns, embedding.Columns).SequenceEqual(codes)
                || !embedding.Multipliers.AsSpan(id * embedding.Groups, embedding.Groups).SequenceEqual(multipliers))
            {
                throw new CompilationException(
                    Codes.Internal,
                    $"row {id} of the table does not unpack to what was packed as {embedding.Format}: a code is wider than its field", name);
            }

            destination.Write(row);
        }

        return layout.EmbeddingPitch * embedding.Rows;
    }

    private static long WriteRows(int rows, int width, PositionRow fill, Stream destination)
    {
        float[] row = new float[width];
        byte[] bytes = new byte[4 * row.Length];
        for (int p = 0; p < rows; p++)
        {
            fill(p, row);
            WriteFloats(row, bytes, destination);
        }

        return (long)bytes.Length * rows;
    }

    private static long WriteFloats(ReadOnlySpan<float> values, byte[] bytes, Stream destination)
    {
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        }

        destination.Write(bytes, 0, 4 * values.Length);
        return 4L * values.Length;
    }

    private static long Pad(long position, long address, Stream destination)
    {
        Span<byte> zeros = stackalloc byte[TableLayout.Alignment];
        zeros.Clear();
        destination.Write(zeros[..checked((int)(address - position))]);
        return address;
    }
}
