namespace Flightc.Passes.Compression;

/// <summary>How hard compression tries, and what it takes into account.</summary>
public sealed record CompressionOptions
{
    /// <summary>What is added to the diagonal of a moment, as a share of its mean.</summary>
    public double Damping { get; init; } = 0.02;

    /// <summary>Sweeps of error feedback, each with the scales that the one before has led to.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>The most passes of coordinate descent behind each sweep; 0 for none.</summary>
    public int DescentPasses { get; init; } = 8;

    /// <summary>Whether rows make up for each other, which needs the whole output moment: without, codes are those of GPTQ.</summary>
    public bool CouplesRows { get; init; } = true;

    /// <summary>Whether columns with the largest moment go first.</summary>
    public bool OrdersColumns { get; init; } = true;

    /// <summary>How it is chosen what a sparse format drops.</summary>
    public PruningMethod Pruning { get; init; } = PruningMethod.SecondOrder;
}
