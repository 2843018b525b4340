namespace Flightc.FlightLlm;

/// <summary>A workload: a prompt, and tokens generated after it, one sequence at a time.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Generate">Tokens generated.</param>
public sealed record PublishedCase(int Prompt, int Generate);

/// <summary>The time of a workload.</summary>
/// <param name="Case">Which.</param>
/// <param name="PrefillSeconds">Time of the prompt, at the length of its bucket.</param>
/// <param name="DecodeSeconds">Time of all generated tokens, each at the length of its bucket.</param>
/// <param name="BytesPerToken">Bytes through HBM for a generated token, on average.</param>
/// <param name="MacsPerToken">Multiply-accumulates of kept weights and attention for a generated token, without padding, on average.</param>
/// <param name="BusyShares">Share of the decode time that each unit of the first core was busy, in the order of
/// <see cref="PublishedUnit"/>.</param>
/// <param name="Utilization">Bytes over time, over the peak rate of the card's HBM.</param>
/// <param name="MacUtilization">Multiply-accumulates over time, over what all cores do at best in matrix mode.</param>
public sealed record PublishedCaseTiming(
    PublishedCase Case, double PrefillSeconds, double DecodeSeconds, double BytesPerToken, double MacsPerToken,
    IReadOnlyList<double> BusyShares, double Utilization, double MacUtilization)
{
    /// <summary>Tokens generated in a second, without the prompt's time.</summary>
    public double TokensPerSecond => Case.Generate / DecodeSeconds;

    /// <summary>Bytes through HBM in a second of decode.</summary>
    public double HbmBytesPerSecond => BytesPerToken * TokensPerSecond;

    /// <summary>The unit that was busy longest.</summary>
    public PublishedUnit Bottleneck => (PublishedUnit)Enumerable.Range(0, BusyShares.Count).MaxBy(unit => BusyShares[unit]);
}
