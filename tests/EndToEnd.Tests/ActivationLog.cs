using System.Runtime.InteropServices;
using Flightc.IR;

namespace Flightc.Tests;

/// <summary>Collects activations, slices put together, as bits that can be compared.</summary>
internal sealed class ActivationLog : IActivationObserver
{
    private readonly Dictionary<(string Name, char Part, int Token), int[]> _rows = [];

    /// <summary>Rows collected so far.</summary>
    public int Count => _rows.Count;

    public void OnValues(string name, int token, int first, ReadOnlySpan<float> values) =>
        Put(name, 'v', token, first, MemoryMarshal.Cast<float, int>(values));

    public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes)
    {
        int[] wide = new int[codes.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = codes[i];
        }

        Put(name, 'c', token, first, wide);
    }

    public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales) =>
        Put(name, 's', token, first, MemoryMarshal.Cast<float, int>(scales));

    /// <summary>The first difference in words, in the order in which this log got its rows; null where the logs are equal.</summary>
    /// <param name="other">What is compared.</param>
    /// <param name="tokens">Compares the tokens before this one only.</param>
    public string? FirstDifference(ActivationLog other, int tokens = int.MaxValue)
    {
        foreach (((string name, char part, int token), int[] row) in _rows.Where(r => r.Key.Token < tokens))
        {
            if (!other._rows.TryGetValue((name, part, token), out int[]? their))
            {
                return $"{name} [{part}] of token {token} is missing";
            }

            if (!row.AsSpan().SequenceEqual(their))
            {
                int at = row.AsSpan().CommonPrefixLength(their);
                return $"{name} [{part}] of token {token} differs at {at} of {row.Length} ({their.Length} found)";
            }
        }

        (string Name, char Part, int Token) extra = other._rows.Keys.FirstOrDefault(k => k.Token < tokens && !_rows.ContainsKey(k));
        return extra.Name is null ? null : $"{extra.Name} [{extra.Part}] of token {extra.Token} is too much";
    }

    /// <summary>As <see cref="FirstDifference"/>, for one token.</summary>
    public string? FirstDifferenceAt(ActivationLog other, int token)
    {
        ActivationLog mine = new();
        foreach (((string, char, int) key, int[] row) in _rows.Where(r => r.Key.Token == token))
        {
            mine._rows.Add(key, row);
        }

        return mine.FirstDifference(other);
    }

    // Slices come in any order; elements that nobody gives stay at a value that no activation has by chance.
    private void Put(string name, char part, int token, int first, ReadOnlySpan<int> bits)
    {
        int[] row = _rows.GetValueOrDefault((name, part, token)) ?? [];
        if (bits.Length > 0 && row.Length < first + bits.Length)
        {
            int old = row.Length;
            Array.Resize(ref row, first + bits.Length);
            row.AsSpan(old).Fill(0x5EEDBEEF);
        }

        bits.CopyTo(row.AsSpan(Math.Min(first, row.Length)));
        _rows[(name, part, token)] = row;
    }
}
