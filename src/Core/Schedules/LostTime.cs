namespace Flightc.Schedules;

/// <summary>What a step loses beyond what follows from the machine: docs/timing.md §5.</summary>
/// <param name="ExchangeSeconds">Added to every exchange, on all cores.</param>
/// <param name="LoadSeconds">For how long every load holds the load unit after its transfer.</param>
public readonly record struct LostTime(double ExchangeSeconds, double LoadSeconds);
