using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Collects activations, slices put together, as bits that can be compared.</summary>
internal sealed class ActivationLog : IActivationObserver
{
    private readonly Dictionary<(string Name, int Token, char Part), SortedDictionary<int, int>> _values = [];

    public IEnumerable<(string Name, int Token, char Part)> Keys => _values.Keys;

    public void OnValues(string name, int token, int first, ReadOnlySpan<float> values)
    {
        SortedDictionary<int, int> row = Row(name, token, 'v');
        for (int i = 0; i < values.Length; i++)
        {
            row[first + i] = BitConverter.SingleToInt32Bits(values[i]);
        }
    }

    public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes)
    {
        SortedDictionary<int, int> row = Row(name, token, 'c');
        for (int i = 0; i < codes.Length; i++)
        {
            row[first + i] = codes[i];
        }
    }

    public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales)
    {
        SortedDictionary<int, int> row = Row(name, token, 's');
        for (int i = 0; i < scales.Length; i++)
        {
            row[first + i] = BitConverter.SingleToInt32Bits(scales[i]);
        }
    }

    /// <summary>The first difference in words, in the order in which this log got its rows; null where the logs are equal.</summary>
    public string? FirstDifference(ActivationLog other)
    {
        foreach (((string name, int token, char part), SortedDictionary<int, int> row) in _values)
        {
            if (!other._values.TryGetValue((name, token, part), out SortedDictionary<int, int>? their))
            {
                return $"{name} [{part}] of token {token} is missing";
            }

            if (!row.SequenceEqual(their))
            {
                int at = row.Keys.FirstOrDefault(k => !their.TryGetValue(k, out int v) || v != row[k], -1);
                return $"{name} [{part}] of token {token} differs at {at} ({row.Count} and {their.Count} elements): "
                    + $"{(at < 0 ? 0 : row[at]):x8} and {(at >= 0 && their.TryGetValue(at, out int t) ? t : 0):x8}";
            }
        }

        (string, int, char) extra = other._values.Keys.FirstOrDefault(k => !_values.ContainsKey(k));
        return extra.Item1 is null ? null : $"{extra.Item1} [{extra.Item3}] of token {extra.Item2} is too much";
    }

    private SortedDictionary<int, int> Row(string name, int token, char part)
    {
        if (!_values.TryGetValue((name, token, part), out SortedDictionary<int, int>? row))
        {
            _values[(name, token, part)] = row = [];
        }

        return row;
    }
}
