namespace Flightc.Passes.Allocation;

/// <summary>A format chosen for every weight.</summary>
/// <param name="Choices">By item, the number of its option.</param>
/// <param name="Cost">What all take of the budget, in bytes.</param>
/// <param name="Loss">What all lose.</param>
/// <param name="LossBound">No choice within the budget that was solved for loses less than this, up to rounding;
/// equal to <paramref name="Loss"/> where the choice is proven to be the best.</param>
public sealed record FormatAssignment(IReadOnlyList<int> Choices, long Cost, double Loss, double LossBound);
