namespace Flightc.Raising;

/// <summary>For which lengths a graph is looked at.</summary>
/// <remarks>
/// A decoder does the same for all lengths. A graph is specialised for a few of them and has to mean the same each time, so that a mask or a table that depends on lengths in
/// a way that nobody foresaw is found and refused.
/// </remarks>
internal static class LengthChoice
{
    /// <summary>Small lengths, the ones that serve best to find rotations and masks first.</summary>
    public static IReadOnlyList<Lengths> Small(DecoderInputs inputs)
    {
        int[] tokens = inputs.FixedTokens is { } fixedTokens ? [fixedTokens, fixedTokens] : [5, 4];
        int[] pasts = !inputs.HasPast ? [0] : inputs.FixedPast is { } fixedPast ? [fixedPast]

            // A single token turns by less than half a turn up to position 3.
            : tokens[0] == 1 ? [1, 3] : [3, 7];
        int most = inputs.Capacity ?? int.MaxValue;
        List<Lengths> lengths = [];
        for (int i = 0; i < 2; i++)
        {
            lengths.Add(new Lengths(tokens[i] + (pasts.Length == 1 && inputs.FixedTokens is null ? 4 * i : 0), pasts[Math.Min(i, pasts.Length - 1)]));
        }

        if (inputs is { HasPast: true, FixedPast: null })
        {
            lengths.Add(new Lengths(tokens[0], 0));
        }

        return [.. lengths.Where(l => l.Total <= most).Distinct()];
    }

    /// <summary>Lengths that add up to a total; null where there are none.</summary>
    public static Lengths? Of(DecoderInputs inputs, int total)
    {
        int tokens = inputs.FixedTokens ?? (inputs.HasPast ? Math.Min(total, inputs.FixedPast is { } past ? total - past : 3) : total);
        Lengths lengths = new(tokens, inputs.FixedPast ?? (inputs.HasPast ? total - tokens : 0));
        return lengths.Total == total && lengths is { Tokens: > 0, Past: >= 0 } && total <= (inputs.Capacity ?? int.MaxValue) ? lengths : null;
    }

    /// <summary>The total to look at next where one works and a larger one does not: limits are round numbers, mostly.</summary>
    public static int Between(int good, int bad)
    {
        int power = 1 << (31 - int.LeadingZeroCount(bad - 1));
        return power > good ? power : int.IsPow2(good) || good % 64 == 0 ? good + 1 : good + ((bad - good) / 2);
    }
}
