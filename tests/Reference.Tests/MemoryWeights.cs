using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Weights of a test, by name.</summary>
internal sealed class MemoryWeights : IWeights, IQuantizedWeights
{
    public Dictionary<string, float[]> Floats { get; } = [];

    public Dictionary<string, QuantizedMatrix> Matrices { get; } = [];

    public bool HasData => true;

    public void Read(string name, long start, Span<float> destination) =>
        Floats[name].AsSpan((int)start, destination.Length).CopyTo(destination);

    public string HashOf(string name) => "";

    public QuantizedMatrix Get(string name) => Matrices[name];
}
