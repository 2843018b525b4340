using Flightc.Numerics;

namespace Flightc.Models;

/// <summary>Rotary settings as they were read.</summary>
/// <param name="Angles">By how much is turned.</param>
/// <param name="MaxPositions">Positions that these angles serve.</param>
/// <param name="Scaling">The name of the scaling, such as <c>llama3</c>; empty where there is none.</param>
internal sealed record RopeReading(RotaryAngles Angles, int MaxPositions, string Scaling = "");
