using System.Runtime.InteropServices;
using Flightc.Backend.Packing;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Packing;
using Flightc.Runtime;

namespace Flightc.Cli.Images;

/// <summary>
/// The weights of an image, unpacked: what its executors compute with, however they were made. Matrices come from the
/// weight streams, an embedding that is no head, the norms and attention masks from the tables.
/// </summary>
/// <remarks>All are held: a byte for every weight of a matrix. Safe for several threads.</remarks>
internal sealed class ImageWeights : IWeights, IQuantizedWeights
{
    private readonly Dictionary<string, QuantizedMatrix> _matrices = [];
    private readonly Dictionary<string, float[]> _vectors = [];
    private readonly LoadedImage _image;
    private readonly Graph _graph;

    /// <summary>Unpacks all weights.</summary>
    /// <param name="image">With symbols; its sections may be hostile.</param>
    /// <param name="graph">The graph that the image computes, behind all passes; its masks do not count.</param>
    /// <exception cref="CompilationException">The image is damaged (FLC4005) or without symbols (FLC4001), or the graph is
    /// another's (FLC4004).</exception>
    public ImageWeights(LoadedImage image, Graph graph)
    {
        (_image, _graph) = (image, graph);
        if (image.Program.Entries.Count == 0 || image.Program.Entries[0].Symbols.Count == 0)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, "the image has no symbols, so nothing tells which rows its products have",
                image.Image.Path, "compile the model again");
        }

        ReadStreams();
        ReadTables();
        Weight? missing = graph.Weights.FirstOrDefault(w => !_matrices.ContainsKey(w.Name) && !_vectors.ContainsKey(w.Name));
        if (missing is not null)
        {
            throw Mismatch($"the image lacks '{missing.Name}'");
        }
    }

    /// <summary>The attention masks in the tables; null where the program has none.</summary>
    public AttentionMasks? Masks { get; private set; }

    /// <inheritdoc/>
    public bool HasData => true;

    /// <inheritdoc/>
    public QuantizedMatrix Get(string name) => _matrices[name];

    /// <inheritdoc/>
    public void Read(string name, long start, Span<float> destination) =>
        _vectors[name].AsSpan(checked((int)start), destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public string HashOf(string name) => "";

    private void ReadStreams()
    {
        MachineProgram program = _image.Program;
        ImageProducts products = new(program, _graph);
        Dictionary<string, int> rows = [];
        for (int core = 0; core < program.Geometry.Cores.Count; core++)
        {
            ChannelRange range = program.Geometry.Cores[core];
            StreamUnpacker unpacker = new([.. Enumerable.Range(range.First, range.Count).Select(Open)]);
            foreach (WeightProduct product in products.Of(core))
            {
                IReadOnlyList<QuantizedMatrix> parts = unpacker.Next(product);
                for (int b = 0; b < parts.Count; b++)
                {
                    Take(product.Blocks[b], parts[b]);
                    rows[product.Blocks[b].Weight] = rows.GetValueOrDefault(product.Blocks[b].Weight) + parts[b].Rows;
                }
            }

            unpacker.Finish(program.Geometry.PageBytes);
        }

        if (rows.FirstOrDefault(r => r.Value != _matrices[r.Key].Rows) is { Key: not null } part)
        {
            throw Mismatch($"the image has {part.Value} rows of '{part.Key}', the model {_matrices[part.Key].Rows}");
        }
    }

    private unsafe UnmanagedMemoryStream Open(int channel)
    {
        ImageSection section = _image.Image.Section(SectionNames.Bank(channel));
        return new UnmanagedMemoryStream(section.Pointer, section.Length);
    }

    // Rows of a block into the rows of its weight.
    private void Take(RowBlock block, QuantizedMatrix part)
    {
        if (!_matrices.TryGetValue(block.Weight, out QuantizedMatrix? whole))
        {
            Weight weight = _graph.Weights.First(w => w.Name == block.Weight);
            _matrices[block.Weight] = whole = NewMatrix(weight);
        }

        if (part.Columns != whole.Columns)
        {
            throw Mismatch($"the image has {part.Columns} columns of '{block.Weight}', the model {whole.Columns}");
        }

        part.Codes.CopyTo(whole.Codes.AsSpan(block.FirstRow * whole.Columns));
        part.Multipliers.CopyTo(whole.Multipliers.AsSpan(block.FirstRow * whole.Groups));
        part.RowScales.CopyTo(whole.RowScales.AsSpan(block.FirstRow));
    }

    private void ReadTables()
    {
        GraphTables tables = GraphTables.Of(_graph);
        Weight embedding = tables.Embedding;
        MemoryMap memory = _image.Program.Memory;
        Attention[] attentions = [.. _graph.Nodes.Select(n => n.Op).OfType<Attention>()];
        long maskBytes = _image.Program.MasksPrompts ? MaskTable.BytesOf(attentions.Length, attentions[0].Heads, _graph.ContextLength) : 0;
        TableLayout layout = new(new TableShape
        {
            VocabularySize = checked((int)embedding.Type.Shape[0].Size),
            HiddenSize = checked((int)embedding.Type.Columns),
            EmbeddingFormat = embedding.Format!.Value,
            Positions = _graph.ContextLength,
            RotaryWidths = [.. tables.Rotary.Select(a => a.Dim)],
            LearnedPositions = tables.PositionRows(_graph.ContextLength),
            Vectors = [.. tables.Vectors.Select(v => new TableVector(v.Name, checked((int)v.Type.Columns)))],
            MaskBytes = maskBytes,
            MaxTokens = memory.MaxTokens,
        });
        ImageSection section = _image.Image.Section(SectionNames.Tables);
        if (layout.TableBytes != memory.TableBytes || layout.TableBytes > section.Length)
        {
            throw Mismatch($"the tables of the image take {memory.TableBytes} bytes; those of the model would take {layout.TableBytes}");
        }

        for (int i = 0; i < tables.Vectors.Count; i++)
        {
            _vectors[tables.Vectors[i].Name] = MemoryMarshal.Cast<byte, float>(
                Bytes(section, layout.VectorAddress(i), 4 * layout.Shape.Vectors[i].Length)).ToArray();
        }

        if (tables.Positions is { } positions)
        {
            // Rows beyond the longest sequence are in no image, and nobody reads them.
            float[] rows = new float[positions.Type.Shape[0].Size * positions.Type.Columns];
            int count = checked((int)(layout.LearnedPitch * layout.Shape.LearnedPositions));
            MemoryMarshal.Cast<byte, float>(Bytes(section, layout.LearnedAddress, count)).CopyTo(rows);
            _vectors[positions.Name] = rows;
        }

        Masks = maskBytes == 0
            ? null
            : MaskTable.Read(
                Bytes(section, layout.MaskAddress, checked((int)maskBytes)).ToArray(), attentions.Length, attentions[0].Heads, _graph.ContextLength);

        // A matrix that is embedding and head is in the streams too, where every executor's head has it from.
        if (!_matrices.ContainsKey(embedding.Name))
        {
            ReadEmbedding(embedding, layout, section);
        }
    }

    private void ReadEmbedding(Weight embedding, TableLayout layout, ImageSection section)
    {
        QuantizedMatrix matrix = NewMatrix(embedding);
        for (int row = 0; row < matrix.Rows; row++)
        {
            Span<byte> multipliers = matrix.Multipliers.AsSpan(row * matrix.Groups, matrix.Groups);
            float scale = TableRow.Read(
                matrix.Format, Bytes(section, TableLayout.EmbeddingAddress + (row * layout.EmbeddingPitch), checked((int)layout.EmbeddingPitch)),
                matrix.Codes.AsSpan(row * matrix.Columns, matrix.Columns), multipliers);
            if (!float.IsFinite(scale) || scale < 0 || multipliers.ContainsAnyExceptInRange((byte)0, (byte)63))
            {
                throw new CompilationException(
                    Codes.ImageDamaged, $"row {row} of the embedding has the scale {scale}, or multipliers above 63",
                    _image.Image.Path, "fetch or compile the image again");
            }

            matrix.RowScales[row] = scale;
        }

        _matrices[embedding.Name] = matrix;
    }

    private static unsafe ReadOnlySpan<byte> Bytes(ImageSection section, long address, int count) =>
        new(section.Pointer + address, count);

    private QuantizedMatrix NewMatrix(Weight weight)
    {
        (long rows, long columns) = (weight.Type.Shape[0].Size, weight.Type.Columns);
        if (rows * columns > Array.MaxLength)
        {
            throw new CompilationException(
                Codes.OutOfMemory, $"'{weight.Name}' has {rows * columns} elements; {Array.MaxLength} can be held", _image.Image.Path);
        }

        QuantizedFormat format = weight.Format!.Value;
        return new QuantizedMatrix(
            (int)rows, (int)columns, format, new sbyte[rows * columns], new byte[rows * format.GroupsIn(columns)], new float[rows]);
    }

    private CompilationException Mismatch(string fault) => new(
        Codes.ImageMismatch, fault, _image.Image.Path, "name the model that the image was made of");
}
