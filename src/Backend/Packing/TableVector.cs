namespace Flightc.Backend.Packing;

/// <summary>A vector of binary32 in DDR, such as the weight of a norm.</summary>
/// <param name="Name">Name of the weight.</param>
/// <param name="Length">Elements.</param>
public readonly record struct TableVector(string Name, int Length);
