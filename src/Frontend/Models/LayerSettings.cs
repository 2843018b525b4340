using Flightc.Numerics;

namespace Flightc.Models;

/// <summary>What may differ from layer to layer.</summary>
/// <param name="Rotary">How queries and keys are turned; null where they are not.</param>
/// <param name="Window">Keys that a token sees, itself included; 0 for all before it.</param>
/// <param name="Scale">In the place of <see cref="AttentionSettings.Scale"/>, where it is not null.</param>
public sealed record LayerSettings(RotaryAngles? Rotary, int Window = 0, float? Scale = null);
