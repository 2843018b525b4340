using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>Reads whole matrices for methods that need them at once.</summary>
internal static class WeightRows
{
    /// <summary>(N, K) in binary32.</summary>
    /// <exception cref="CompilationException">The matrix is too large for an array (FLC2003), or a value is NaN or infinite
    /// (FLC1007).</exception>
    public static float[] ReadAll(Weight weight, IWeights weights)
    {
        long count = weight.Type.Shape.Aggregate(1L, (product, d) => product * d.Size);
        if (count > Array.MaxLength)
        {
            throw new CompilationException(
                Codes.QuantisationImpossible, $"{count} weights are more than the {Array.MaxLength} of one matrix", weight.Name);
        }

        float[] values = new float[count];
        weights.Read(weight.Name, 0, values);
        RoundToNearest.RequireFinite(weight.Name, (int)weight.Type.Columns, values);
        return values;
    }
}
