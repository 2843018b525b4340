using Flightc.Numerics;

namespace Flightc.Cli.Compiling;

/// <summary>Layers whose attention is alike.</summary>
/// <param name="Layers">How many.</param>
/// <param name="Window">Keys that a token sees; 0 for all.</param>
/// <param name="Rotary">How queries and keys are turned; null where they are not.</param>
internal sealed record LayerKind(int Layers, int Window, RotaryAngles? Rotary)
{
    /// <summary>The least that a frequency is divided by; null where nothing is turned.</summary>
    public double? LeastDivisor => Rotary is null ? null : Rotary.Divisors.DefaultIfEmpty(1).Min();

    /// <summary>The most that a frequency is divided by; null where nothing is turned.</summary>
    public double? LargestDivisor => Rotary is null ? null : Rotary.Divisors.DefaultIfEmpty(1).Max();
}
