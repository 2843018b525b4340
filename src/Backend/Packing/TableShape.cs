using Flightc.IR;

namespace Flightc.Backend.Packing;

/// <summary>What DDR has to hold.</summary>
public sealed record TableShape
{
    /// <summary>Rows of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Columns of the embedding table.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Format of the embedding table; dropped weights take as many bits as others.</summary>
    public required QuantizedFormat EmbeddingFormat { get; init; }

    /// <summary>Rows of the rotary table; 0 for a model without one.</summary>
    public required int Positions { get; init; }

    /// <summary>d: elements of a row of the rotary table, half of them cosines; even.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Weights of norms and the like, in the order in which they lie.</summary>
    public required IReadOnlyList<TableVector> Vectors { get; init; }

    /// <summary>Bytes of attention masks; 0 for none.</summary>
    public long MaskBytes { get; init; }

    /// <summary>The most tokens of a step, and so ids and rows of logits.</summary>
    public required int MaxTokens { get; init; }
}
