using System.Globalization;
using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// <c>l?U*L+c|l?U+L*c|\p{N}{1,k}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>, where U is an upper-case, title-case,
/// modifier or other letter or a mark, L the same but lower-case, l any character but a line break, a letter or a
/// number, and c an optional contraction: <see cref="WordPattern.O200kWords"/>, <see cref="WordPattern.TekkenWords"/>.
/// </summary>
/// <param name="maximumDigits">The k above.</param>
/// <param name="takesContractions">Whether there is a c.</param>
internal sealed class CasedPattern(int maximumDigits, bool takesContractions) : WordPattern
{
    private const int Upper = 1;
    private const int Lower = 2;
    private const int None = -1;

    /// <inheritdoc/>
    public override int MatchEnd(ReadOnlySpan<char> text, int start)
    {
        CharacterKind kind = CharacterClass.At(text, start, out int length);
        bool mayLead = kind is CharacterKind.Other or CharacterKind.Space && text[start] is not ('\r' or '\n');
        int word = mayLead ? WordEnd(text, start, start + length) : WordEnd(text, start, start);
        if (word != None)
        {
            return takesContractions && word < text.Length
                ? word + ContractionLength(text, word, ignoreCase: true)
                : word;
        }

        if (kind == CharacterKind.Number)
        {
            return CharacterClass.RunEnd(text, start, kind, maximumDigits);
        }

        int marks = text[start] == ' ' ? start + 1 : start;
        if (marks < text.Length && CharacterClass.At(text, marks, out _) == CharacterKind.Other)
        {
            int end = CharacterClass.RunEnd(text, marks, CharacterKind.Other);
            int after = text[end..].IndexOfAnyExcept("\r\n/");
            return after < 0 ? text.Length : end + after;
        }

        return LineAwareSpaceEnd(text, start);
    }

    /// <summary>The two alternatives for words, each with the leading character before without it.</summary>
    private static int WordEnd(ReadOnlySpan<char> text, int start, int afterLead)
    {
        int end = LowerEnd(text, afterLead);
        end = end == None && afterLead > start ? LowerEnd(text, start) : end;
        end = end == None ? UpperEnd(text, afterLead) : end;
        return end == None && afterLead > start ? UpperEnd(text, start) : end;
    }

    /// <summary><c>U*L+</c></summary>
    private static int LowerEnd(ReadOnlySpan<char> text, int start)
    {
        // Where U* leaves nothing to L+ it gives back down to the last character that is both.
        int lastBoth = None;
        int position = start;
        for (int length; position < text.Length; position += length)
        {
            int cases = CasesAt(text, position, out length);
            if ((cases & Upper) == 0)
            {
                return cases == Lower ? RunEnd(text, position, Lower) : lastBoth;
            }

            lastBoth = cases == (Upper | Lower) ? position + length : lastBoth;
        }

        return lastBoth;
    }

    /// <summary><c>U+L*</c>, where <see cref="LowerEnd"/> found nothing and L* therefore finds nothing either.</summary>
    private static int UpperEnd(ReadOnlySpan<char> text, int start) =>
        RunEnd(text, start, Upper) is int end && end > start ? end : None;

    private static int RunEnd(ReadOnlySpan<char> text, int position, int wanted)
    {
        while (position < text.Length && (CasesAt(text, position, out int length) & wanted) != 0)
        {
            position += length;
        }

        return position;
    }

    private static int CasesAt(ReadOnlySpan<char> text, int position, out int length)
    {
        Rune.DecodeFromUtf16(text[position..], out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.LowercaseLetter => Lower,
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Upper,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Upper | Lower,
            _ => 0,
        };
    }
}
