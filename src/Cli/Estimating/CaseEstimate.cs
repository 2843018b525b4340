namespace Flightc.Cli.Estimating;

/// <summary>A case under every explanation.</summary>
/// <param name="Case">The case.</param>
/// <param name="Explained">Its times; at least one.</param>
internal sealed record CaseEstimate(SequenceCase Case, IReadOnlyList<ExplainedTiming> Explained)
{
    /// <summary>The worst of those that were fitted, or of all where none was.</summary>
    public ExplainedTiming Headline => Explained.Where(e => e.IsFitted || !Explained.Any(other => other.IsFitted))
        .MaxBy(e => double.IsNaN(e.DecodeSeconds) ? e.PrefillSeconds : e.DecodeSeconds)!;
}

/// <summary>A single decode step under every explanation.</summary>
/// <param name="Context">Tokens that it attends to: its own included.</param>
/// <param name="Explained">As of a case that generates one token; without prefill.</param>
internal sealed record ContextEstimate(long Context, IReadOnlyList<ExplainedTiming> Explained);

/// <summary>What the host adds to every token.</summary>
/// <param name="LaunchSeconds">Starting the step and noticing its end.</param>
/// <param name="LogitsSeconds">Bringing the logits to the host.</param>
/// <param name="SamplingSeconds">Choosing the next token.</param>
internal sealed record HostEstimate(double LaunchSeconds, double LogitsSeconds, double SamplingSeconds);

/// <summary>An explanation of what models lose against boards.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">What is taken to be lost, and when.</param>
/// <param name="Seconds">How much, each time.</param>
internal sealed record ExplanationFacts(string Name, string Meaning, double Seconds);
