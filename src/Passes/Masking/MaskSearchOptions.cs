namespace Flightc.Passes.Masking;

/// <summary>What masks are wanted, and how much may be spent on finding them.</summary>
/// <param name="Keep">Share of the causal blocks of a window that is kept, over all layers and heads; above 0, at most 1.
/// Diagonal blocks are always kept, so that the share has a least value.</param>
/// <param name="Sink">Blocks from the beginning that the window of sinks keeps, with which what is found is
/// compared.</param>
public sealed record MaskSearchOptions(double Keep, int Sink = 1)
{
    /// <summary>The most tokens of a window of calibration; shorter where the context is.</summary>
    public int WindowTokens { get; init; } = 512;

    /// <summary>The most windows that are looked at.</summary>
    public int Windows { get; init; } = 24;

    /// <summary>The most windows on which masks are compared by KL; their logits are held in memory.</summary>
    public int MeasuredWindows { get; init; } = 12;

    /// <summary>How often effects are measured anew under the masks found so far.</summary>
    public int Rounds { get; init; } = 2;
}
