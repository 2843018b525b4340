namespace Flightc.Passes.Allocation;

/// <summary>From one option of an item to the next on its hull.</summary>
/// <param name="Item">Number of the item.</param>
/// <param name="To">Number of the option that it then has.</param>
/// <param name="Cost">Bytes that this takes more, at least 1.</param>
/// <param name="Gain">Loss that it saves.</param>
/// <param name="Rate">What a byte saves.</param>
internal readonly record struct AllocationStep(int Item, int To, long Cost, double Gain, double Rate);
