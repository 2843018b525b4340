namespace Flightc.Runtime.Generation;

/// <summary>What to generate.</summary>
/// <param name="MaxNewTokens">The most tokens to generate; at least 0.</param>
/// <param name="Sampling">How tokens are chosen.</param>
/// <param name="EndIds">Ids that end a text.</param>
/// <param name="StopStrings">Texts that end a text, and do not belong to it.</param>
public sealed record GenerationOptions(
    int MaxNewTokens, SamplingOptions Sampling, IReadOnlyCollection<int> EndIds,
    IReadOnlyCollection<string> StopStrings);
