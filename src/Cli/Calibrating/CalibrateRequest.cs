using Flightc.Calibration;

namespace Flightc.Cli.Calibrating;

/// <summary>What a user wants to be found.</summary>
/// <param name="Model">Path.</param>
/// <param name="Text">Path.</param>
/// <param name="Output">Where the statistics go.</param>
internal sealed record CalibrateRequest(string Model, string Text, string Output)
{
    /// <summary>The most windows.</summary>
    public int Samples { get; init; } = WindowChoice.DefaultSamples;

    /// <summary>The most tokens of a window; null for the usual number, or the model's own where that is less.</summary>
    public int? Length { get; init; }

    /// <summary>Decides which windows are taken, and what is drawn.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tokens drawn at every position.</summary>
    public int Draws { get; init; } = 1;

    /// <summary>The most threads; -1 for all processors.</summary>
    public int Threads { get; init; } = -1;
}
