using Flightc.IR;

namespace Flightc.Passes.Masking;

/// <summary>Masks that were found, and what they cost on the text of calibration.</summary>
/// <param name="Masks">The masks.</param>
/// <param name="KeptShare">Share of the causal blocks that they keep.</param>
/// <param name="Kl">Mean KL(model || masked model) over the measured windows, nats.</param>
/// <param name="WindowKl">The same of sinks and a window of the same count.</param>
/// <param name="Windows">Windows of calibration that were looked at.</param>
/// <param name="Tokens">Tokens of each.</param>
public sealed record MaskSearchResult(
    AttentionMasks Masks, double KeptShare, double Kl, double WindowKl, int Windows, int Tokens);
