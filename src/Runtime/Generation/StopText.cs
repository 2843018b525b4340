using System.Text;
using Flightc.Diagnostics;

namespace Flightc.Runtime.Generation;

/// <summary>Lets text through up to the first stop string, and holds back what may be the beginning of one.</summary>
/// <remarks>
/// The first stop string is the one that ends first, and of those that end together the longest. So the
/// result does not depend on how the text is cut.
/// </remarks>
public sealed class StopText
{
    private readonly string[] _stops;
    private readonly StringBuilder _held = new();

    /// <summary>Begins a text.</summary>
    /// <param name="stops">Any number of strings, compared character by character.</param>
    /// <exception cref="CompilationException">A stop string is empty (FLC9001).</exception>
    public StopText(IEnumerable<string> stops)
    {
        // Longest first: the first that is found is the one that counts.
        _stops = [.. stops.Distinct(StringComparer.Ordinal).OrderByDescending(s => s.Length).ThenBy(s => s, StringComparer.Ordinal)];
        if (_stops.Contains("", StringComparer.Ordinal))
        {
            throw new CompilationException(Codes.Usage, "a stop string is empty; at least one character is wanted");
        }
    }

    /// <summary>The stop string that was reached, or null. After it nothing is let through.</summary>
    public string? Reached { get; private set; }

    /// <summary>Takes the next part of the text.</summary>
    /// <returns>What is certain to stand before any stop string; without the stop string where that was
    /// reached.</returns>
    public string Push(string text)
    {
        if (_stops.Length == 0)
        {
            return text;
        }

        foreach (char c in Reached is null ? text : "")
        {
            _held.Append(c);
            if (Array.Find(_stops, EndsWith) is { } stop)
            {
                Reached = stop;
                return Take(_held.Length - stop.Length);
            }
        }

        return Reached is null ? Take(_held.Length - LongestBeginning()) : "";
    }

    /// <summary>Ends the text: what was held back, since no stop string can follow any more.</summary>
    public string Flush() => Reached is null ? Take(_held.Length) : "";

    private string Take(int count)
    {
        string taken = _held.ToString(0, count);
        _held.Remove(0, count);
        return taken;
    }

    private bool EndsWith(string stop) => Matches(stop, stop.Length);

    /// <summary>Characters at the end of what is held that begin a stop string.</summary>
    private int LongestBeginning()
    {
        for (int length = Math.Min(_stops[0].Length - 1, _held.Length); length > 0; length--)
        {
            if (Array.Exists(_stops, stop => stop.Length > length && Matches(stop, length)))
            {
                return length;
            }
        }

        return 0;
    }

    /// <summary>Whether what is held ends with the first characters of a stop string.</summary>
    private bool Matches(string stop, int length)
    {
        int start = _held.Length - length;
        for (int i = length - 1; i >= 0; i--)
        {
            if (start < 0 || _held[start + i] != stop[i])
            {
                return false;
            }
        }

        return true;
    }
}
