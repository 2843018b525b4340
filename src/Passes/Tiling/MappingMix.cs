namespace Flightc.Passes.Tiling;

/// <summary>The steps by whose time mappings are compared: a prompt, and tokens generated at several contexts.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Generate">Tokens generated.</param>
/// <param name="Contexts">Ascending: tokens before the decode steps, each of which stands for as many of those.</param>
public sealed record MappingMix(long Prompt, long Generate, IReadOnlyList<long> Contexts)
{
    private const int PromptTokens = 128;
    private const int GeneratedTokens = 512;

    /// <summary>The mix for a model: 128 tokens of prompt and 512 more, at contexts of 128, 512 and 2048 tokens, all as far
    /// as the longest sequence reaches.</summary>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    public static MappingMix For(int contextLength) => new(
        Math.Min(PromptTokens, contextLength), GeneratedTokens,
        [.. new long[] { 128, 512, 2048 }.Select(context => Math.Min(context, contextLength - 1)).Distinct()]);

    /// <summary>The mix with its middle context alone: fewer steps, for the slower model.</summary>
    public MappingMix Brief => this with { Contexts = [Contexts[Contexts.Count / 2]] };

    /// <summary>Seconds of all steps.</summary>
    /// <param name="prompt">Seconds of a prompt of so many tokens.</param>
    /// <param name="decode">Seconds of a decode step after so many tokens.</param>
    /// <param name="enough">What need not be known exactly: from here on a lower bound will do.</param>
    public double Seconds(Func<long, double> prompt, Func<long, double> decode, double enough = double.PositiveInfinity)
    {
        // No step is faster for a longer context.
        double least = Generate * decode(Contexts[0]);
        if (least >= enough)
        {
            return least;
        }

        double seconds = prompt(Prompt);
        return seconds + least >= enough ? seconds + least : seconds + (Generate * Contexts.Average(decode));
    }
}
