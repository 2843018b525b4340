using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Cli.Estimating;

/// <summary>A prompt and the tokens generated after it: <c>[prompt, generate]</c> of the published evaluation.</summary>
/// <param name="Prompt">Tokens of the prompt, at least 1.</param>
/// <param name="Generate">Decode steps, at least 0.</param>
internal readonly record struct SequenceCase(long Prompt, long Generate)
{
    /// <summary>The case of the published evaluation that is estimated where none is given.</summary>
    public static SequenceCase Default { get; } = new(128, 512);

    /// <summary>The default, cut down to what a context holds.</summary>
    public static SequenceCase DefaultFor(long context)
    {
        long prompt = Math.Max(1, Math.Min(Default.Prompt, context / 4));
        return new SequenceCase(prompt, Math.Min(Default.Generate, context - prompt));
    }

    /// <summary>Reads <c>128,512</c>.</summary>
    /// <exception cref="CompilationException">It is not two whole numbers, the first at least 1 (FLC9001).</exception>
    public static SequenceCase Parse(string text)
    {
        string[] parts = text.Split(',');
        return parts.Length == 2 && TryParse(parts[0], 1, out long prompt) && TryParse(parts[1], 0, out long generate)
            ? new SequenceCase(prompt, generate)
            : throw new CompilationException(
                Codes.Usage, $"--case '{text}': tokens of the prompt (from 1) and tokens to generate (from 0) are wanted, such as 128,512", "",
                "'flightc estimate --help' shows what can be given");
    }

    /// <summary>Refuses a case that a context does not hold.</summary>
    /// <exception cref="CompilationException">FLC1104.</exception>
    public void RequireFits(long context)
    {
        if (Prompt > context || Generate > context - Prompt)
        {
            throw new CompilationException(
                Codes.LengthUnsupported,
                $"the case [{Prompt}, {Generate}] has {(Int128)Prompt + Generate} tokens; the program serves sequences of 1 to {context}",
                "", "give a shorter case, or a larger --max-length");
        }
    }

    /// <summary><c>[128, 512]</c></summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Prompt}, {Generate}]");

    private static bool TryParse(string text, long least, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least;
}
