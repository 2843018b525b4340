namespace Flightc.Backend.Lengths;

/// <summary>What the programs of a length plan take.</summary>
/// <param name="Programs">How many.</param>
/// <param name="Bytes">Their instructions, encoded, of all cores.</param>
public readonly record struct PlanSize(long Programs, long Bytes);
