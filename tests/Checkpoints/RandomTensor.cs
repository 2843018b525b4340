namespace Flightc.Tests;

/// <summary>A tensor of a random checkpoint: what it is called, its shape, and how its numbers lie.</summary>
/// <param name="Name">As a family's reference implementation calls it.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Mean">What the numbers lie around.</param>
/// <param name="Deviation">Half of the widest distance from the mean; the standard deviation is 0.577 of it.</param>
internal sealed record RandomTensor(string Name, int[] Shape, float Mean, float Deviation)
{
    /// <summary>How many numbers it has.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);
}
