namespace Flightc.Timing;

/// <summary>A time in which a unit did nothing, on account of one of its instructions.</summary>
/// <param name="Cause">Why.</param>
/// <param name="Cycles">How long.</param>
/// <param name="BeforeStart">Whether it lies between the end of the unit's instruction before and the start of
/// this one; otherwise it lies between start and end, in one piece or in several.</param>
public readonly record struct Stall(StallCause Cause, double Cycles, bool BeforeStart);
