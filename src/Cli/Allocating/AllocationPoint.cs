using Flightc.Recipes;

namespace Flightc.Cli.Allocating;

/// <summary>An assignment of formats with what it takes and loses.</summary>
/// <param name="Recipe">The assignment.</param>
/// <param name="Bytes">What its weights take.</param>
/// <param name="WeightCount">Weights of the model.</param>
/// <param name="Loss">Predicted.</param>
/// <param name="Milliseconds">Of a decode step, simulated; null where it was not timed.</param>
internal sealed record AllocationPoint(Recipe Recipe, StoredBytes Bytes, long WeightCount, double Loss, double? Milliseconds = null)
{
    /// <summary>Bits per weight, everything included.</summary>
    public double BitsPerWeight => Bytes.Weights * 8.0 / WeightCount;
}
