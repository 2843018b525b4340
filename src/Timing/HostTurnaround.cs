using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>What the host does for every token, in seconds.</summary>
/// <param name="Launch">Starting the step and noticing its end.</param>
/// <param name="Logits">Bringing the logits of a token to the host.</param>
/// <param name="Sampling">Choosing the next token.</param>
public readonly record struct HostTurnaround(double Launch, double Logits, double Sampling)
{
    /// <summary>The sum.</summary>
    public double Total => Launch + Logits + Sampling;

    /// <summary>The host's part of a token.</summary>
    /// <param name="host">The target's constants.</param>
    /// <param name="vocabulary">Logits, binary32 each.</param>
    public static HostTurnaround Of(HostTiming host, long vocabulary) =>
        new(host.LaunchSeconds, sizeof(float) * vocabulary / host.BytesPerSecond, host.SamplingSeconds);
}
