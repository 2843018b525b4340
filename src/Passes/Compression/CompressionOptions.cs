using Flightc.Recipes;

namespace Flightc.Passes.Compression;

/// <summary>How hard compression tries, and what it takes into account.</summary>
public sealed record CompressionOptions
{
    /// <summary>What is added to the diagonal of a moment, as a share of its mean.</summary>
    public double Damping { get; init; } = 0.02;

    /// <summary>Sweeps of error feedback, each with the scales that the one before has led to; at least 1.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>The most passes of coordinate descent behind each sweep; 0 for none.</summary>
    public int DescentPasses { get; init; } = 8;

    /// <summary>Whether rows make up for each other, which needs the whole output moment.</summary>
    public bool CouplesRows { get; init; } = true;

    /// <summary>How it is chosen what a sparse format drops.</summary>
    public PruningMethod Pruning { get; init; } = PruningMethod.SparseGpt;

    /// <summary>Whether codes are chosen for the weights as they were, and not for those that pruning left.</summary>
    public bool IsJoint { get; init; } = true;

    /// <summary>What a recipe's wishes come to.</summary>
    public static CompressionOptions Of(CompressionWishes wishes)
    {
        CompressionOptions options = new() { Pruning = wishes.Pruning, IsJoint = wishes.IsJoint };
        return wishes.Method == QuantizationMethod.SecondOrder
            ? options
            : options with { Rounds = 1, DescentPasses = 0, CouplesRows = false };
    }
}
