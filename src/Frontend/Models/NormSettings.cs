namespace Flightc.Models;

/// <summary>The norms of a decoder.</summary>
/// <param name="Kind">RMS norms or layer norms.</param>
/// <param name="HasBias">Whether layer norms add a bias.</param>
/// <param name="HasPostNorms">Whether what attention and feed-forward network give is normed before it is added to the residual stream, as in Gemma 2.</param>
public sealed record NormSettings(NormKind Kind = NormKind.Rms, bool HasBias = false, bool HasPostNorms = false);
