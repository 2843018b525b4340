using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Applies normalizers one after the other; none of them at all leaves text as it is.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> parts, string location) : INormalizer
{
    // Honest normalizers at most triple a text (a word mark takes the place of a space; NFD of a syllable has
    // three letters). A file that doubles spaces forty times must not exhaust memory.
    private const int MaximumGrowth = 8;
    private const int MaximumAddition = 1 << 16;

    public string Normalize(string text)
    {
        long limit = ((long)text.Length * MaximumGrowth) + MaximumAddition;
        foreach (INormalizer part in parts)
        {
            text = part.Normalize(text);
            if (text.Length > limit)
            {
                throw new CompilationException(
                    Codes.TokenizerInvalid,
                    $"the normalizers make a text more than {MaximumGrowth} times as long as it was",
                    location,
                    "The tokenizer file is damaged or malicious; take it from its source again.");
            }
        }

        return text;
    }
}
