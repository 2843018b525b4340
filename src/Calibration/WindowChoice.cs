using Flightc.Diagnostics;
using Flightc.Numerics;

namespace Flightc.Calibration;

/// <summary>Cuts records of tokens into windows and chooses some of them.</summary>
/// <remarks>
/// As an evaluation does it, a record is cut into windows one after another, each of which begins a sequence of its own; a record shorter than
/// a window is a shorter window, and a single token is none. Every window has a number that its seed and its place give, and those with
/// the smallest are taken, in order of the text: text is read once, and what is held is what is chosen.
/// </remarks>
public sealed class WindowChoice
{
    /// <summary>Windows that are chosen unless a user says otherwise.</summary>
    public const int DefaultSamples = 128;

    /// <summary>Tokens of a window unless a user says otherwise.</summary>
    public const int DefaultLength = 512;

    private const int LeastTokens = 2;

    private readonly int _samples;
    private readonly int _length;
    private readonly ulong _seed;
    private readonly PriorityQueue<(long Place, int[] Ids), (ulong Key, long Place)> _chosen = new(
        Comparer<(ulong Key, long Place)>.Create((a, b) => b.CompareTo(a)));

    /// <param name="samples">The most windows, from 1 on.</param>
    /// <param name="length">The most tokens of a window, from 2 on.</param>
    /// <param name="seed">Decides which.</param>
    public WindowChoice(int samples, int length, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, LeastTokens);
        (_samples, _length, _seed) = (samples, length, seed);
    }

    /// <summary>Windows that there were to choose from.</summary>
    public long Available { get; private set; }

    /// <summary>Tokens of the longest of them.</summary>
    public int Longest { get; private set; }

    /// <summary>Adds the next record.</summary>
    /// <param name="ids">Its tokens.</param>
    public void Add(ReadOnlySpan<int> ids)
    {
        for (int start = 0; start + LeastTokens <= ids.Length; start += _length)
        {
            int length = Math.Min(_length, ids.Length - start);
            Longest = Math.Max(Longest, length);
            (ulong Key, long Place) priority = (SplitMix64.At(_seed, (ulong)Available), Available);
            Available++;
            if (_chosen.Count < _samples)
            {
                _chosen.Enqueue((priority.Place, ids.Slice(start, length).ToArray()), priority);
            }
            else if (_chosen.TryPeek(out _, out (ulong Key, long Place) largest) && priority.CompareTo(largest) < 0)
            {
                _chosen.EnqueueDequeue((priority.Place, ids.Slice(start, length).ToArray()), priority);
            }
        }
    }

    /// <summary>The chosen windows, in order of the text.</summary>
    /// <exception cref="CompilationException">There is none (FLC1302).</exception>
    public IReadOnlyList<int[]> Windows()
    {
        return _chosen.Count == 0
            ? throw new CompilationException(
                Codes.TextInvalid, "there is nothing to calibrate with: no record has two tokens", "", "give a longer text")
            : [.. _chosen.UnorderedItems.Select(item => item.Element).OrderBy(window => window.Place).Select(window => window.Ids)];
    }
}
