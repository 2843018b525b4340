using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Keeps everything it is shown, by node and token.</summary>
internal sealed class RecordingObserver : IActivationObserver
{
    public Dictionary<(string Name, int Token), float[]> Values { get; } = [];

    public Dictionary<(string Name, int Token), (sbyte[] Codes, float[] Scales)> Codes { get; } = [];

    public void OnValues(string name, int token, ReadOnlySpan<float> values) => Values.Add((name, token), values.ToArray());

    public void OnCodes(string name, int token, ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales) =>
        Codes.Add((name, token), (codes.ToArray(), scales.ToArray()));
}
