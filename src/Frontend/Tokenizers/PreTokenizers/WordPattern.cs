namespace Flightc.Tokenizers;

/// <summary>
/// A regular expression of a published tokenizer as a hand-written scanner: every text is a row of its
/// matches.
/// </summary>
/// <remarks>
/// A regular expression engine that works on UTF-16 units misses letters outside the basic plane, and one
/// that backtracks can be made to take for ever. The patterns in use are few, so they are recognised by their
/// text.
/// </remarks>
internal abstract class WordPattern
{
    /// <summary>The pattern of GPT-2, also that of the byte-level pre-tokenizer.</summary>
    public static WordPattern Gpt2 { get; } = new Gpt2Pattern();

    /// <summary>LLaMA 3's pattern.</summary>
    public const string Llama3Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>That of Qwen 2 and 3, which takes numbers digit by digit.</summary>
    public const string Qwen2Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>That of GPT-4o, LLaMA 4 and Phi-4-mini, which also cuts where lower case ends.</summary>
    public const string O200kWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>That of Mistral's newer vocabularies: the same without contractions, digit by digit.</summary>
    public const string TekkenWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The scanner for the text of a pattern; null for one that is not known.</summary>
    public static WordPattern? Find(string expression) => expression switch
    {
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+" or
        @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+" => Gpt2,

        // The second and third differ in possessive quantifiers and in \s*[\r\n], which match the same.
        Llama3Words or
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+" or
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+" =>
            new LineAwarePattern(maximumDigits: 3),

        Qwen2Words => new LineAwarePattern(maximumDigits: 1),
        O200kWords => new CasedPattern(maximumDigits: 3, takesContractions: true),
        TekkenWords => new CasedPattern(maximumDigits: 1, takesContractions: false),
        _ => null,
    };

    /// <summary>Where the match that starts at a position ends; always further on.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="start">A position before the end of the text, not inside a surrogate pair.</param>
    public abstract int MatchEnd(ReadOnlySpan<char> text, int start);

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c>: a run of white space leaves its last character to the word that follows.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the run starts.</param>
    /// <param name="runEnd">Where it ends.</param>
    protected static int SpaceEnd(ReadOnlySpan<char> text, int start, int runEnd) =>
        // Every white space character is one UTF-16 unit.
        runEnd < text.Length && runEnd - start > 1 ? runEnd - 1 : runEnd;

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: a run of white space ends behind its last line break.</summary>
    protected static int LineAwareSpaceEnd(ReadOnlySpan<char> text, int start)
    {
        int runEnd = CharacterClass.RunEnd(text, start, CharacterKind.Space);
        int lastBreak = text[start..runEnd].LastIndexOfAny('\r', '\n');
        return lastBreak >= 0 ? start + lastBreak + 1 : SpaceEnd(text, start, runEnd);
    }

    /// <summary>
    /// <c>'s|'t|'re|'ve|'m|'ll|'d</c>: how many characters the contraction after an apostrophe has, or 0.
    /// </summary>
    protected static int ContractionLength(ReadOnlySpan<char> text, int start, bool ignoreCase)
    {
        if (text[start] != '\'' || start + 1 >= text.Length)
        {
            return 0;
        }

        char first = Fold(text[start + 1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        char second = start + 2 < text.Length ? Fold(text[start + 2], ignoreCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static char Fold(char character, bool ignoreCase) => character switch
    {
        _ when !ignoreCase => character,
        >= 'A' and <= 'Z' => (char)(character | 0x20),
        // Long s folds to s.
        '\u017F' => 's',
        _ => character,
    };
}
