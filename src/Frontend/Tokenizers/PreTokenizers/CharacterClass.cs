using System.Globalization;
using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// Classifies characters by code point, so that letters outside the basic plane are letters.
/// </summary>
/// <remarks>
/// The categories are those of the runtime's own Unicode tables; they do not depend on culture or system.
/// </remarks>
internal static class CharacterClass
{
    private static readonly CharacterKind[] Ascii = [.. Enumerable.Range(0, 128).Select(c => Classify(new Rune(c)))];

    /// <summary>The class of the character at a position, and how many UTF-16 units it takes.</summary>
    public static CharacterKind At(ReadOnlySpan<char> text, int position, out int length)
    {
        char first = text[position];
        if (first < 128)
        {
            length = 1;
            return Ascii[first];
        }

        Rune.DecodeFromUtf16(text[position..], out Rune rune, out length);
        return Classify(rune);
    }

    /// <summary>
    /// Where the run of one class that starts at a position ends, after at most so many characters.
    /// </summary>
    public static int RunEnd(ReadOnlySpan<char> text, int position, CharacterKind kind, int maximum = int.MaxValue)
    {
        for (int count = 0; count < maximum && position < text.Length; count++)
        {
            if (At(text, position, out int length) != kind)
            {
                break;
            }

            position += length;
        }

        return position;
    }

    /// <summary><c>\w</c>: letters, marks, decimal digits, letter numbers and connectors.</summary>
    public static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
            or UnicodeCategory.ConnectorPunctuation => true,
        _ => false,
    };

    private static CharacterKind Classify(Rune rune)
    {
        if (Rune.IsWhiteSpace(rune))
        {
            return CharacterKind.Space;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => CharacterKind.Other,
        };
    }
}
