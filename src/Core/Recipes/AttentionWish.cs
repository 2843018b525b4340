namespace Flightc.Recipes;

/// <summary>Which blocks of keys the queries of a prompt are to see: docs/attention-masks.md.</summary>
/// <param name="Kind">Where masks come from.</param>
/// <param name="Keep">Share of the causal blocks that is kept; 0 where <paramref name="Window"/> says it.</param>
/// <param name="Sink">Blocks of 64 keys from the beginning that a window keeps.</param>
/// <param name="Window">Blocks up to their own that queries see; 0 where <paramref name="Keep"/> says it.</param>
public sealed record AttentionWish(MaskKind Kind, double Keep = 0, int Sink = 1, int Window = 0)
{
    /// <summary>Every query sees everything before it.</summary>
    public static AttentionWish Full { get; } = new(MaskKind.None);
}

/// <summary>Where attention masks come from.</summary>
public enum MaskKind
{
    /// <summary>There are none.</summary>
    None,

    /// <summary>Sinks and a window, alike in all heads.</summary>
    Window,

    /// <summary>A search on a text of calibration, for every head.</summary>
    Calibrated,
}
