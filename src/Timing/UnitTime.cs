namespace Flightc.Timing;

/// <summary>What one unit of one core did in a step; busy time and stalls add up to the step's cycles.</summary>
/// <param name="Busy">Cycles in which it worked.</param>
/// <param name="Stalls">Cycles in which it did not, by <see cref="StallCause"/>.</param>
/// <param name="Instructions">Instructions executed; loops count as their bodies.</param>
public sealed record UnitTime(double Busy, IReadOnlyList<double> Stalls, long Instructions)
{
    /// <summary>Cycles lost to one cause.</summary>
    public double Stalled(StallCause cause) => Stalls[(int)cause];
}
