namespace Flightc.Raising;

/// <summary>The order of elements in heads of queries and keys in which the Graph turns them: firsts of pairs, seconds of pairs, elements that are kept.</summary>
/// <param name="QueryOrder">For each place the element of a projected query head.</param>
/// <param name="KeyOrder">For each place the element of a projected key head.</param>
/// <param name="Frequencies">By pair.</param>
/// <param name="QueryTurned">What turned elements of queries are multiplied by.</param>
/// <param name="KeyTurned">What turned elements of keys are multiplied by.</param>
/// <param name="QueryKept">What the others of queries are multiplied by; 1 where there is none.</param>
/// <param name="KeyKept">What the others of keys are multiplied by; 1 where there is none.</param>
/// <param name="HasKept">Whether there are others.</param>
internal sealed record HeadLayout(
    IReadOnlyList<int> QueryOrder, IReadOnlyList<int> KeyOrder, IReadOnlyList<double> Frequencies, double QueryTurned, double KeyTurned, double QueryKept,
    double KeyKept, bool HasKept)
{
    /// <summary>The order, or null where queries and keys are turned in different ways.</summary>
    /// <param name="q">What becomes of queries.</param>
    /// <param name="k">What becomes of keys.</param>
    /// <param name="tolerance">How far magnitudes may be off, relatively.</param>
    public static HeadLayout? Of(HeadMap q, HeadMap k, double tolerance)
    {
        HeadPair[] pairs = [.. q.Pairs.OrderBy(p => p.First)];
        Dictionary<int, HeadPair> keyPairs = k.Pairs.ToDictionary(p => p.FirstOut);
        Dictionary<int, int> keyKept = k.Kept.ToDictionary(e => e.Out, e => e.In);
        (int Out, int In)[] kept = [.. q.Kept.OrderBy(e => e.In)];
        if (pairs.Length != keyPairs.Count || kept.Length != keyKept.Count || kept.Any(e => !keyKept.ContainsKey(e.Out)))
        {
            return null;
        }

        foreach (HeadPair pair in pairs)
        {
            if (!keyPairs.TryGetValue(pair.FirstOut, out HeadPair? other) || other.SecondOut != pair.SecondOut
                || Math.Abs((other.Frequency / pair.Frequency) - 1) > tolerance
                || Math.Abs((other.Magnitude / k.Pairs[0].Magnitude) - 1) > tolerance || Math.Abs((pair.Magnitude / pairs[0].Magnitude) - 1) > tolerance)
            {
                return null;
            }
        }

        HeadPair[] others = [.. pairs.Select(p => keyPairs[p.FirstOut])];
        return new HeadLayout(
            [.. pairs.Select(p => p.First), .. pairs.Select(p => p.Second), .. kept.Select(e => e.In)],
            [.. others.Select(p => p.First), .. others.Select(p => p.Second), .. kept.Select(e => keyKept[e.Out])],
            [.. pairs.Select(p => p.Frequency)],
            pairs.Length > 0 ? pairs.Average(p => p.Magnitude) : 1, pairs.Length > 0 ? others.Average(p => p.Magnitude) : 1,
            kept.Length > 0 ? q.KeptScale : 1, kept.Length > 0 ? k.KeptScale : 1, kept.Length > 0);
    }
}
