namespace Flightc.Cli.Allocating;

/// <summary>What a budget limits.</summary>
internal enum BudgetKind
{
    /// <summary>Average bits per weight, everything included: as <c>bits_per_weight</c> of an image.</summary>
    Bits,

    /// <summary>Bytes of the weight streams in HBM, scales and padding included.</summary>
    Bytes,

    /// <summary>Milliseconds of a decode step, simulated.</summary>
    Milliseconds,
}
