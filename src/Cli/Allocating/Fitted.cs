using Flightc.Passes.Allocation;

namespace Flightc.Cli.Allocating;

/// <summary>What keeps a budget and loses least.</summary>
/// <param name="Assignment">The choices.</param>
/// <param name="Point">What they take, timed.</param>
/// <param name="Misfits">What the card has no room for.</param>
/// <param name="Programs">Programs that were compiled to find it.</param>
internal sealed record Fitted(
    FormatAssignment Assignment, AllocationPoint Point, IReadOnlyList<Diagnostics.Diagnostic> Misfits, int Programs);
