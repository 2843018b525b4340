using System.Globalization;
using Flightc.IR;

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

    /// <summary><c>none</c>, <c>window sink=1 window=8</c>, <c>window sink=1 keep=0.8</c> or
    /// <c>calibrated sink=1 keep=0.8</c>: as it stands in the manifest of an image.</summary>
    public override string ToString() => Kind switch
    {
        MaskKind.None => "none",
        MaskKind.Window when Window > 0 => string.Create(CultureInfo.InvariantCulture, $"window sink={Sink} window={Window}"),
        MaskKind.Window => string.Create(CultureInfo.InvariantCulture, $"window sink={Sink} keep={Keep:R}"),
        MaskKind.Calibrated => string.Create(CultureInfo.InvariantCulture, $"calibrated sink={Sink} keep={Keep:R}"),
    };

    /// <summary>Reads what <see cref="ToString"/> writes; null where it is something else.</summary>
    public static AttentionWish? Parse(string text)
    {
        AttentionWish? wish = text.Split(' ') switch
        {
            ["none"] => Full,
            ["window", var sink, var window] when Number(sink, "sink=") is { } s && Number(window, "window=") is { } w =>
                new AttentionWish(MaskKind.Window, Sink: s, Window: w),
            ["window", var sink, var keep] when Number(sink, "sink=") is { } s && Share(keep) is { } k => new AttentionWish(MaskKind.Window, k, s),
            ["calibrated", var sink, var keep] when Number(sink, "sink=") is { } s && Share(keep) is { } k =>
                new AttentionWish(MaskKind.Calibrated, k, s),
            _ => null,
        };
        return wish?.ToString() == text ? wish : null;
    }

    private static int? Number(string text, string key) =>
        text.StartsWith(key, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= LayerMask.MaxBlocks
            ? number
            : null;

    private static double? Share(string text) =>
        text.StartsWith("keep=", StringComparison.Ordinal)
            && double.TryParse(text.AsSpan(5), NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is > 0 and <= 1
            ? share
            : null;
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
