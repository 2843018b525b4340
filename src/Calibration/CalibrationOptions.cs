namespace Flightc.Calibration;

/// <summary>What a user wishes of one calibration.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Decides which tokens are drawn from the model.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tokens drawn at every position; the passes backwards are as many. With 0 there is none, and statistics have no derivatives:
    /// input moments and the shares of tokens, which is all that GPTQ needs.</summary>
    public int Draws { get; init; } = 1;

    /// <summary>The most threads to use; -1 for as many as there are processors. No result depends on it.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>The most rows of a matrix whose output moment is whole; of larger ones the diagonal is kept.</summary>
    public int MaxWholeOutputMoment { get; init; } = 4096;

    /// <summary>The folder under which intermediate values go; null for the system's temporary folder.</summary>
    public string? Scratch { get; init; }
}
