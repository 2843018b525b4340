using Flightc.IR;

namespace Flightc.Passes.Masking;

/// <summary>Keeps the rows of some nodes, one token after another.</summary>
/// <param name="names">The nodes.</param>
internal sealed class RowLog(params string[] names) : IActivationObserver
{
    private readonly Dictionary<string, List<float[]>> _rows = names.Distinct().ToDictionary(n => n, _ => new List<float[]>());

    /// <summary>The rows of a node, by token.</summary>
    public IReadOnlyList<float[]> this[string name] => _rows[name];

    /// <inheritdoc/>
    public void OnValues(string name, int token, int first, ReadOnlySpan<float> values)
    {
        if (_rows.TryGetValue(name, out List<float[]>? rows))
        {
            rows.Add(values.ToArray());
        }
    }

    /// <inheritdoc/>
    public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes)
    {
    }

    /// <inheritdoc/>
    public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales)
    {
    }
}
