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

    /// <summary>Rows of every rotary table.</summary>
    public required int Positions { get; init; }

    /// <summary>Elements of a row of each rotary table, half of them cosines; even. None for a model without.</summary>
    public required IReadOnlyList<int> RotaryWidths { get; init; }

    /// <summary>Rows of the table of learned positions, of <see cref="HiddenSize"/> elements each; 0 for a model without one.</summary>
    public int LearnedPositions { get; init; }

    /// <summary>Weights of norms and biases, in the order in which they lie.</summary>
    public required IReadOnlyList<TableVector> Vectors { get; init; }

    /// <summary>Bytes of attention masks; 0 for none.</summary>
    public long MaskBytes { get; init; }

    /// <summary>The most tokens of a step, and so ids and rows of logits.</summary>
    public required int MaxTokens { get; init; }
}
