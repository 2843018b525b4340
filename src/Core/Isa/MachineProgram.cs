namespace Flightc.Isa;

/// <summary>
/// The third artefact: instructions for every length, one entry for a decode step and one for a prefill step.
/// </summary>
/// <remarks>A decode step is one token; a prefill step is 1 … <see cref="MemoryMap.MaxTokens"/> tokens.</remarks>
public sealed record MachineProgram(
    Geometry Geometry, MemoryMap Memory, IReadOnlyList<LengthRegister> Registers, IReadOnlyList<EntryPoint> Entries)
{
    /// <summary>Version of the instruction set and of its encoding.</summary>
    public const string IsaVersion = "flightc-1";

    /// <summary>
    /// The most tokens of a sequence: up to here a head's sums over all keys fit their widths
    /// (docs/numerics.md §3).
    /// </summary>
    public const int MaxContextLength = 131_072;

    /// <summary>The entry for one token.</summary>
    public EntryPoint Decode => Entries.Single(e => e.Name == "decode");

    /// <summary>The entry for a chunk of tokens.</summary>
    public EntryPoint Prefill => Entries.Single(e => e.Name == "prefill");

    /// <summary>
    /// Whether attention masks hide keys from the tokens of a prompt: these are then all run by the entry
    /// <c>prefill</c>, single ones too.
    /// </summary>
    public bool MasksPrompts => Entries.Any(entry => entry.Streams.Any(core => core.Any(stream =>
        stream.Any(i => i is LoadCache { IsMasked: true } or MultiplyValues { IsMasked: true } || (i is MultiplyKeys keys && keys.Mask != 0)))));

    /// <summary>
    /// Slots · query rows that a step needs at a time, on the core that needs most: <c>tokens · Group · n ·
    /// ceildiv(past + tokens, C)</c>; where heads are local, n in the place of C.
    /// </summary>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step.</param>
    public Int128 SlotsOf(long past, long tokens)
    {
        Int128 most = 0;
        for (int i = 0; i < Geometry.Cores.Count; i++)
        {
            ChannelRange core = Geometry.Cores[i];
            long spread = Math.Max(1, Memory.IsLocal ? core.Count : Geometry.Channels);
            most = Int128.Max(most, (Int128)core.Count * (((Int128)past + tokens + spread - 1) / spread));
        }

        return (Int128)tokens * Memory.Group * most;
    }

    /// <summary>Values of all <see cref="Source"/>s for a step; loop indices are 0.</summary>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="from">Number, in the step, of the first token whose logits are wanted.</param>
    public long[] EvaluateRegisters(long past, long tokens, long from)
    {
        long[] sources = new long[Source.Count];
        EvaluateRegisters(past, tokens, from, sources);
        return sources;
    }

    /// <summary>As the other, without an allocation.</summary>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="from">Number, in the step, of the first token whose logits are wanted.</param>
    /// <param name="sources">Gets the values, by <see cref="Source.Code"/>.</param>
    public void EvaluateRegisters(long past, long tokens, long from, Span<long> sources)
    {
        sources.Clear();
        for (int i = 0; i < Registers.Count; i++)
        {
            sources[Registers[i].Number] = LengthExpression.Evaluate(Registers[i].Expression, past, tokens, from);
        }
    }

    /// <summary>The most tokens of a step after <paramref name="past"/> others: as many as the context has left, a
    /// prefill step can have, and scratch holds scores for; at least 1.</summary>
    public long MostTokens(long past)
    {
        // What a step needs grows with its tokens. One token always fits.
        long fits = 1;
        long tooMany = Math.Min(Memory.MaxTokens, Memory.ContextLength - past) + 1;
        while (tooMany - fits > 1)
        {
            long middle = fits + ((tooMany - fits) / 2);
            (fits, tooMany) = SlotsOf(past, middle) <= Memory.ScoreSlots ? (middle, tooMany) : (fits, middle);
        }

        return fits;
    }
}
