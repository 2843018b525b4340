using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>A mapping, and why.</summary>
/// <param name="Schedule">By it.</param>
/// <param name="Reasons">Lines for people: what was tried, and how fast it is.</param>
public sealed record MappingChoice(Schedule Schedule, IReadOnlyList<string> Reasons)
{
    /// <summary>What was chosen otherwise than the rules would: <see cref="Tiler"/> makes the schedule of it.</summary>
    public MappingOptions Options { get; init; } = new();
}
