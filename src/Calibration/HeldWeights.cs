using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>Weights as binary32, held until they are let go.</summary>
/// <param name="weights">Where they come from.</param>
internal sealed class HeldWeights(IWeights weights)
{
    private readonly Dictionary<string, float[]> _held = new(StringComparer.Ordinal);

    /// <summary>The data of a weight.</summary>
    /// <exception cref="Diagnostics.CompilationException">A value is NaN or infinite, or the file cannot be read.</exception>
    public float[] Read(Weight weight)
    {
        if (!_held.TryGetValue(weight.Name, out float[]? data))
        {
            data = new float[weight.Type.Shape.Aggregate(1L, (product, d) => product * d.Size)];
            weights.Read(weight.Name, 0, data);
            _held.Add(weight.Name, data);
        }

        return data;
    }

    /// <summary>Lets all of them go.</summary>
    public void Clear() => _held.Clear();
}
