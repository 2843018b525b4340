namespace Flightc.Isa.Hazards;

/// <summary>One access of one instruction.</summary>
/// <param name="Footprint">The bytes.</param>
/// <param name="Space">Which memory they lie in.</param>
/// <param name="IsWrite">Whether it writes.</param>
/// <param name="Field">The field that gives the address.</param>
/// <param name="IsSum">Whether it belongs to a sum in place: each number that is read is needed for itself only.</param>
internal readonly record struct Use(Footprint Footprint, MemorySpace Space, bool IsWrite, string Field, bool IsSum = false);
