namespace Flightc.Passes.Allocation;

/// <summary>A weight, of whose formats one is to be chosen.</summary>
/// <param name="Role">Its name by role.</param>
/// <param name="Options">Its formats, at least one; of equally good ones the first is taken.</param>
public sealed record AllocationItem(string Role, IReadOnlyList<AllocationOption> Options);
