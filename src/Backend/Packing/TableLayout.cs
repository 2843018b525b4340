using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>Addresses in DDR, from shapes alone: docs/memory.md §4.</summary>
public sealed class TableLayout
{
    /// <summary>Every part begins at a multiple of this.</summary>
    public const int Alignment = 64;

    private readonly long[] _rotary;
    private readonly long[] _vectors;

    /// <summary>Lays out DDR.</summary>
    public TableLayout(TableShape shape)
    {
        Shape = shape;
        EmbeddingRowBytes = TableRow.Bytes(shape.EmbeddingFormat, shape.HiddenSize);
        EmbeddingPitch = TableRow.Pitch(shape.EmbeddingFormat, shape.HiddenSize);
        EmbeddingBytes = Align(EmbeddingPitch * shape.VocabularySize, Alignment);
        long end = EmbeddingBytes;
        _rotary = new long[shape.RotaryWidths.Count];
        for (int i = 0; i < _rotary.Length; i++)
        {
            _rotary[i] = Align(end, Alignment);
            end = _rotary[i] + (RotaryPitch(i) * shape.Positions);
        }

        RotaryBytes = end - EmbeddingBytes;
        LearnedAddress = Align(end, Alignment);
        LearnedPitch = 4L * shape.HiddenSize;
        end = shape.LearnedPositions == 0 ? end : LearnedAddress + (LearnedPitch * shape.LearnedPositions);
        _vectors = new long[shape.Vectors.Count];
        for (int i = 0; i < _vectors.Length; i++)
        {
            _vectors[i] = Align(end, Alignment);
            end = _vectors[i] + (4L * shape.Vectors[i].Length);
        }

        MaskAddress = Align(end, Alignment);
        TableBytes = Align(MaskAddress + shape.MaskBytes, Alignment);
        LogitsAddress = Align(IdsAddress + (4L * shape.MaxTokens), Alignment);
        LogitsPitch = Align(4L * shape.VocabularySize, Alignment);
        TotalBytes = LogitsAddress + (LogitsPitch * shape.MaxTokens);
    }

    /// <summary>What was laid out.</summary>
    public TableShape Shape { get; }

    /// <summary>Address of the embedding table: S, a multiplier per group, the codes of each token.</summary>
    public static long EmbeddingAddress => 0;

    /// <summary>Bytes of an embedding row without padding.</summary>
    public long EmbeddingRowBytes { get; }

    /// <summary>Bytes between embedding rows; a multiple of 4.</summary>
    public long EmbeddingPitch { get; }

    /// <summary>Bytes of the embedding table, padding behind it included.</summary>
    public long EmbeddingBytes { get; }

    /// <summary>Bytes of all rotary tables, padding between them included.</summary>
    public long RotaryBytes { get; }

    /// <summary>Address of the table of learned positions.</summary>
    public long LearnedAddress { get; }

    /// <summary>Bytes between rows of the table of learned positions.</summary>
    public long LearnedPitch { get; }

    /// <summary>Address of the attention masks.</summary>
    public long MaskAddress { get; }

    /// <summary>Bytes of all tables; a multiple of <see cref="Alignment"/>.</summary>
    public long TableBytes { get; }

    /// <summary>Address of a step's ids, behind the tables.</summary>
    public long IdsAddress => TableBytes;

    /// <summary>Address of a step's logits.</summary>
    public long LogitsAddress { get; }

    /// <summary>Bytes between rows of logits; a multiple of <see cref="Alignment"/>.</summary>
    public long LogitsPitch { get; }

    /// <summary>Bytes of DDR in use.</summary>
    public long TotalBytes { get; }

    /// <summary>Address of rotary table <paramref name="index"/>: of each position the cosines, then the sines.</summary>
    public long RotaryAddress(int index) => _rotary[index];

    /// <summary>Bytes between rows of rotary table <paramref name="index"/>.</summary>
    public long RotaryPitch(int index) => 4L * Shape.RotaryWidths[index];

    /// <summary>Address of vector <paramref name="index"/> of <see cref="TableShape.Vectors"/>.</summary>
    public long VectorAddress(int index) => _vectors[index];

    /// <summary>The least multiple of <paramref name="alignment"/> that is not below a value.</summary>
    internal static long Align(long value, int alignment) => (value + alignment - 1) / alignment * alignment;
}
