using Flightc.IR;

namespace Flightc.Passes.Allocation;

/// <summary>A format that a weight could be stored in.</summary>
/// <param name="Format">The format.</param>
/// <param name="Cost">What it takes of the budget, in bytes, at least 0.</param>
/// <param name="Loss">What the model loses by it, at least 0 and finite.</param>
public readonly record struct AllocationOption(QuantizedFormat Format, long Cost, double Loss);
