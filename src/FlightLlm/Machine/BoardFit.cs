namespace Flightc.FlightLlm;

/// <summary>What could explain that the board takes longer than rates and efficiencies say.</summary>
public enum Explanation
{
    /// <summary>Every barrier costs time.</summary>
    BarrierCost,

    /// <summary>Every load waits for memory before its data flow, and nothing hides it.</summary>
    LoadLatency,
}

/// <summary>Constants fitted to what was measured on the board, under one explanation.</summary>
/// <param name="Explanation">Which.</param>
/// <param name="BarrierSeconds">Cost of a SYS barrier beyond its cycle; 0 under the other explanation.</param>
/// <param name="LoadLatencySeconds">Time from the start of a load to its first byte; 0 under the other explanation.</param>
/// <param name="CacheEfficiency">Share of the channels' rate at which keys and values are loaded.</param>
public sealed record BoardFit(
    Explanation Explanation, double BarrierSeconds, double LoadLatencySeconds, double CacheEfficiency);
