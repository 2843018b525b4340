namespace Flightc.Cli.Estimating;

/// <summary>The times of a case under one explanation of what models lose against boards: simulated, not measured.</summary>
/// <remarks>A number that a model does not give is NaN: so are those of decode steps where there are none.</remarks>
internal sealed record ExplainedTiming
{
    /// <summary>Name of the explanation: <c>none</c>, <c>barrier</c> or <c>load</c>.</summary>
    public required string Explanation { get; init; }

    /// <summary>Whether it has a constant that was fitted to a board: the worse of these is the headline.</summary>
    public required bool IsFitted { get; init; }

    /// <summary>Seconds from the request to the first token.</summary>
    public required double PrefillSeconds { get; init; }

    /// <summary>Seconds of all decode steps.</summary>
    public required double DecodeSeconds { get; init; }

    /// <summary>Tokens per second of the decode steps.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Of the peak of HBM, while decoding.</summary>
    public required double HbmUtilization { get; init; }

    /// <summary>What HBM moves in a second of decoding.</summary>
    public required double HbmBytesPerSecond { get; init; }

    /// <summary>Bytes of HBM and DDR for a generated token, by class; a mean over the decode steps.</summary>
    public required IReadOnlyList<(string Class, double Bytes)> Traffic { get; init; }

    /// <summary>Of the peak of the matrix engines, while decoding.</summary>
    public required double MacUtilization { get; init; }

    /// <summary>The same during prefill.</summary>
    public required double PrefillMacUtilization { get; init; }

    /// <summary>Generated tokens for a joule.</summary>
    public required double TokensPerJoule { get; init; }

    /// <summary>What bounds a decode step, and the share of the time in which it is in use.</summary>
    public required (string Name, double Share) Bottleneck { get; init; }

    /// <summary>Bytes of HBM and DDR for a generated token.</summary>
    public double BytesPerToken => Traffic.Sum(t => t.Bytes);
}
