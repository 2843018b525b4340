using Flightc.Isa;

namespace Flightc.Timing;

/// <summary>How long a step takes, and why: simulated, not measured.</summary>
public sealed record StepTiming
{
    /// <summary>The step.</summary>
    public required StepCase Case { get; init; }

    /// <summary>Cycles from the start of all streams to the end of the last <c>sys.end</c>.</summary>
    public required double Cycles { get; init; }

    /// <summary>The same in seconds; what the host does before and after is not in it.</summary>
    public required double Seconds { get; init; }

    /// <summary>By core, then by <see cref="Unit"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<UnitTime>> Units { get; init; }

    /// <summary>Bytes moved.</summary>
    public required StepTraffic Traffic { get; init; }

    /// <summary>Multiply-accumulates that the matrix engines make, by what they are for; none of the idle
    /// ones.</summary>
    public required StepMacs Macs { get; init; }

    /// <summary>Share of the peak of all matrix engines: 0 … 1.</summary>
    public required double MacUtilization { get; init; }

    /// <summary>Share of the peak of all channels in use: 0 … 1.</summary>
    public required double HbmUtilization { get; init; }

    /// <summary>Bytes that HBM really moves in a second.</summary>
    public required double HbmBytesPerSecond { get; init; }

    /// <summary>Joules, by part.</summary>
    public required StepEnergy Energy { get; init; }

    /// <summary>What is in use most.</summary>
    public required Bottleneck Bottleneck { get; init; }
}
