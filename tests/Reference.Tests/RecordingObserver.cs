using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Keeps everything it is shown, by node and token. Takes whole rows, codes before scales.</summary>
internal sealed class RecordingObserver : IActivationObserver
{
    public Dictionary<(string Name, int Token), float[]> Values { get; } = [];

    public Dictionary<(string Name, int Token), (sbyte[] Codes, float[] Scales)> Codes { get; } = [];

    public void OnValues(string name, int token, int first, ReadOnlySpan<float> values)
    {
        Assert.Equal(0, first);
        Values.Add((name, token), values.ToArray());
    }

    public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes)
    {
        Assert.Equal(0, first);
        Codes.Add((name, token), (codes.ToArray(), []));
    }

    public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales)
    {
        Assert.Equal(0, first);
        Codes[(name, token)] = Codes[(name, token)] with { Scales = scales.ToArray() };
    }
}
