namespace Flightc.Timing;

/// <summary>What a step spends most of its time on.</summary>
/// <param name="Name"><c>hbm</c>, <c>ddr</c>, <c>matrix</c>, <c>special</c> or <c>exchange</c>: the resource that is
/// in use for the largest share of the step, on the core where it is.</param>
/// <param name="Share">That share, 0 … 1. What is left is waiting: the unit times say for what.</param>
public readonly record struct Bottleneck(string Name, double Share);
