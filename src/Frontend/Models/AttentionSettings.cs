namespace Flightc.Models;

/// <summary>What attention has beyond heads and their sizes, in all layers.</summary>
/// <param name="HasBias">Whether the projections to queries, keys and values add a bias.</param>
/// <param name="HasOutputBias">Whether the projection back adds one.</param>
/// <param name="HasHeadNorms">Whether every head of queries and keys is normed (RMS) before it is turned, as in Qwen3.</param>
/// <param name="Scale">What scores are multiplied by; 1/√(head size) where null.</param>
/// <param name="Cap">c of <c>c · tanh(score ÷ c)</c>, applied to scaled scores; 0 for none.</param>
public sealed record AttentionSettings(
    bool HasBias = false, bool HasOutputBias = false, bool HasHeadNorms = false, float? Scale = null, float Cap = 0);
