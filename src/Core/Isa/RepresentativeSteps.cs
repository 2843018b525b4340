namespace Flightc.Isa;

/// <summary>Lengths of a step, as the runtime would choose them.</summary>
/// <param name="Past">Tokens before it.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="From">Number of the first whose logits are wanted; <paramref name="Tokens"/> for none.</param>
internal readonly record struct StepLengths(long Past, long Tokens, long From)
{
    /// <summary><c>past 7, tokens 1, from 0</c></summary>
    public override string ToString() => $"past {Past}, tokens {Tokens}, from {From}";
}

/// <summary>
/// Steps at which a program is tried: both sides of every edge that its registers' expressions can have
/// (channels, mask blocks, the end of the context), for one token, two, and as many as a step can have; and the
/// longest past for every power of two of tokens.
/// </summary>
internal static class RepresentativeSteps
{
    private const int MaskTokens = 64;

    public static List<StepLengths> Of(MachineProgram program, EntryPoint entry)
    {
        MemoryMap map = program.Memory;
        long[] edges =
        [
            .. (map.IsLocal ? program.Geometry.Cores.Select(c => (long)c.Count).Distinct() : [])
                .Append(program.Geometry.Channels).Append(MaskTokens),
        ];
        bool isDecode = entry.Name == "decode";
        List<StepLengths> steps = [];
        foreach (long wanted in isDecode ? (ReadOnlySpan<long>)[1] : [1, 2, map.MaxTokens])
        {
            long last = map.ContextLength - wanted;
            foreach (long past in (IEnumerable<long>)[0, 1, .. edges.SelectMany(e => new[] { e - 1, e, e + 1 }), last / 2, last - 1, last])
            {
                long tokens = Math.Min(wanted, Math.Min(map.MaxTokens, MostTokens(program, past)));
                if (past >= 0 && tokens >= 1 && past + tokens <= map.ContextLength)
                {
                    Add(steps, new(past, tokens, tokens - 1));
                }
            }

            if (wanted <= map.MaxTokens && Fits(program, 0, wanted))
            {
                Add(steps, new(0, wanted, 0));
                Add(steps, new(0, wanted, wanted));
            }
        }

        // Where scores limit a step, the longest past for more and more tokens: nothing but scores grows beyond these.
        for (long tokens = 1; tokens <= map.MaxTokens && !isDecode; tokens *= 2)
        {
            if (MostPast(program, tokens) is var past and >= 0)
            {
                Add(steps, new(past, tokens, 0));
            }
        }

        return steps;
    }

    /// <summary>The longest past that so many tokens can have; -1 for none.</summary>
    private static long MostPast(MachineProgram program, long tokens)
    {
        long low = -1;
        long high = program.Memory.ContextLength - tokens;
        while (low < high)
        {
            long middle = low + ((high - low + 1) / 2);
            (low, high) = Fits(program, middle, tokens) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>The most tokens for which scratch holds the scores.</summary>
    private static long MostTokens(MachineProgram program, long past)
    {
        long low = 0;
        long high = Math.Min(program.Memory.MaxTokens, program.Memory.ContextLength - past);
        while (low < high)
        {
            long middle = low + ((high - low + 1) / 2);
            (low, high) = Fits(program, past, middle) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static bool Fits(MachineProgram program, long past, long tokens)
    {
        MemoryMap map = program.Memory;
        return past + tokens <= map.ContextLength && program.SlotsOf(past, tokens) <= map.ScoreSlots;
    }

    private static void Add(List<StepLengths> steps, StepLengths step)
    {
        if (!steps.Contains(step))
        {
            steps.Add(step);
        }
    }
}
