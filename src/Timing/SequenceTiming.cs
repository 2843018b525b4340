namespace Flightc.Timing;

/// <summary>How long a prompt and the tokens after it take, host included: simulated, not measured.</summary>
public sealed record SequenceTiming
{
    /// <summary>Tokens of the prompt.</summary>
    public required long Prompt { get; init; }

    /// <summary>Decode steps: tokens generated after the prompt's own next one.</summary>
    public required long Generate { get; init; }

    /// <summary>Seconds from the request to the first token, all prefill steps and the host's part included.</summary>
    public required double PrefillSeconds { get; init; }

    /// <summary>Seconds of all decode steps, the host's part included.</summary>
    public required double DecodeSeconds { get; init; }

    /// <summary>What the host adds to every step whose logits it wants, in seconds.</summary>
    public required HostTurnaround Host { get; init; }

    /// <summary>The steps of the prompt, in order.</summary>
    public required IReadOnlyList<StepTiming> Prefill { get; init; }

    /// <summary>The decode steps that were timed, shortest past first; the others are interpolated.</summary>
    public required IReadOnlyList<StepTiming> Decode { get; init; }

    /// <summary>Tokens per second of the decode steps; 0 without any.</summary>
    public double DecodeTokensPerSecond => DecodeSeconds > 0 ? Generate / DecodeSeconds : 0;

    /// <summary>Bytes of HBM and DDR for a generated token, on average.</summary>
    public required double BytesPerToken { get; init; }

    /// <summary>Of the peak of HBM, over all decode steps and the host's time between them.</summary>
    public required double HbmUtilization { get; init; }

    /// <summary>Bytes that HBM moves in a second of decoding.</summary>
    public required double HbmBytesPerSecond { get; init; }

    /// <summary>Of the peak of the matrix engines, while decoding.</summary>
    public required double MacUtilization { get; init; }

    /// <summary>The same during prefill.</summary>
    public required double PrefillMacUtilization { get; init; }

    /// <summary>Generated tokens for a joule; 0 without any.</summary>
    public required double TokensPerJoule { get; init; }

    /// <summary>Times a prompt and what is generated after it.</summary>
    /// <param name="model">The program on its machine.</param>
    /// <param name="prompt">Tokens of the prompt, at least 1.</param>
    /// <param name="generate">Decode steps, at least 0.</param>
    /// <param name="explanation">What is taken to be lost beyond what the model derives.</param>
    public static SequenceTiming Of(CycleModel model, long prompt, long generate, Explanation explanation) =>
        throw new NotSupportedException($"{model} {prompt} {generate} {explanation}");
}

/// <summary>What the host does for every token, in seconds.</summary>
/// <param name="Launch">Starting the step and noticing its end.</param>
/// <param name="Logits">Bringing the logits to the host.</param>
/// <param name="Sampling">Choosing the token.</param>
public readonly record struct HostTurnaround(double Launch, double Logits, double Sampling)
{
    /// <summary>The sum.</summary>
    public double Total => Launch + Logits + Sampling;
}
