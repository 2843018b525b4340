using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Keeps every float activation, in the order shown.</summary>
internal sealed class Recorder : IActivationObserver
{
    private readonly Dictionary<string, List<float>> _values = [];

    public IEnumerable<string> Names => _values.Keys;

    public float[] ValuesOf(string name) => [.. _values[name]];

    public void OnValues(string name, int token, int first, ReadOnlySpan<float> values)
    {
        if (!_values.TryGetValue(name, out List<float>? known))
        {
            _values.Add(name, known = []);
        }

        known.AddRange(values);
    }

    public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes) => Assert.Fail("a float graph has no codes");

    public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales) => Assert.Fail("a float graph has no scales");
}
