namespace Flightc.Calibration;

/// <summary>Statistics that are held in memory.</summary>
/// <param name="tensors">By name.</param>
internal sealed class MemoryTensors(IReadOnlyDictionary<string, float[]> tensors) : IStatisticTensors
{
    /// <inheritdoc/>
    public float[] Read(string name) => tensors[name];

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
