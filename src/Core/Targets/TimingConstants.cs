namespace Flightc.Targets;

/// <summary>How long the parts of a machine take, beyond what its widths and its clock say: docs/timing.md.</summary>
/// <remarks>Every value stands in the target's file with its source; those that were fitted say so there.</remarks>
/// <param name="Hbm">What is lost of the rate of a memory channel, and how long the first byte takes.</param>
/// <param name="Ddr">The same of DDR.</param>
/// <param name="Pipeline">Latencies inside a core.</param>
/// <param name="Host">What the host does between two steps.</param>
/// <param name="Fitted">Rival explanations of a published measurement; none of them is part of the machine.</param>
public sealed record TimingConstants(
    HbmTiming Hbm, DdrTiming Ddr, PipelineTiming Pipeline, HostTiming Host, FittedTiming Fitted);

/// <summary>Behaviour of a pseudo-channel of HBM.</summary>
/// <param name="LatencySeconds">From a read request to its first byte in a ring, the controller idle.</param>
/// <param name="BurstBytes">The least that is moved; accesses are widened to multiples of it.</param>
/// <param name="RowBytes">Bytes of a row of a bank.</param>
/// <param name="RowSwitchSeconds">Lost for every row that a run of consecutive bytes reaches into, activation
/// of the next bank being hidden behind the transfer of this one as far as it can be.</param>
/// <param name="RefreshShare">Share of all time in which the channel is refreshed and delivers nothing.</param>
/// <param name="TurnaroundSeconds">Lost when writes interrupt the reads, both ways together.</param>
public sealed record HbmTiming(
    double LatencySeconds, int BurstBytes, int RowBytes, double RowSwitchSeconds, double RefreshShare,
    double TurnaroundSeconds);

/// <summary>Behaviour of DDR.</summary>
/// <param name="LatencySeconds">From a request to its first byte.</param>
/// <param name="BurstBytes">The least that is moved.</param>
public sealed record DdrTiming(double LatencySeconds, int BurstBytes);

/// <summary>Latencies inside a core, in cycles, and the buffers of its instruction fetch.</summary>
/// <param name="TokenCycles">From the end of an instruction to the start of one that waits for its token.</param>
/// <param name="MatrixFillCycles">From the last operand of a product to its last result in scratch.</param>
/// <param name="SpecialFillCycles">The same of the special-function unit.</param>
/// <param name="ExchangeHopCycles">From one die region to the next.</param>
/// <param name="InstructionBufferBytes">Instructions that each unit's fetch holds: it runs ahead by so many
/// bytes, and a loop whose body fits is fetched once.</param>
public sealed record PipelineTiming(
    double TokenCycles, double MatrixFillCycles, double SpecialFillCycles, double ExchangeHopCycles,
    int InstructionBufferBytes);

/// <summary>What the host does for every step.</summary>
/// <param name="LaunchSeconds">From the decision to run a step to its first cycle, and from its last cycle to
/// the host's noticing.</param>
/// <param name="BytesPerSecond">Rate at which logits come to the host.</param>
/// <param name="SamplingSeconds">Choosing a token from the logits.</param>
public sealed record HostTiming(double LaunchSeconds, double BytesPerSecond, double SamplingSeconds);

/// <summary>Constants that were fitted to a board's measured times: each explains them alone.</summary>
/// <param name="BarrierSeconds">Lost at every exchange.</param>
/// <param name="LoadSeconds">Latency of every load instruction that nothing overlaps.</param>
public sealed record FittedTiming(double BarrierSeconds, double LoadSeconds);
