namespace Flightc.Isa.Hazards;

/// <summary>One access of one instruction.</summary>
/// <param name="Footprint">The bytes.</param>
/// <param name="Space">Which memory they lie in.</param>
/// <param name="IsWrite">Whether it writes.</param>
/// <param name="Field">The field that gives the address.</param>
internal readonly record struct Use(Footprint Footprint, MemorySpace Space, bool IsWrite, string Field);
