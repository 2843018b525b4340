using System.Globalization;
using System.Text;

namespace Flightc.Diagnostics;

/// <summary>
/// Text from an untrusted file, made fit for a message: short, on one line, without control characters.
/// </summary>
public static class Excerpt
{
    // Long enough for any real tensor name, short enough that a message stays a sentence.
    private const int MaxLength = 120;

    /// <summary>The text, cut after 120 characters; control and format characters as <c>\uXXXX</c>.</summary>
    public static string Of(string text) => Of(text, MaxLength);

    /// <summary>The same with another length, for messages of other programs.</summary>
    public static string Of(string text, int mostCharacters)
    {
        StringBuilder shown = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= mostCharacters)
            {
                return shown.Append('…').ToString();
            }

            // Format characters include those that reverse the direction of text in a terminal.
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format)
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            }
            else
            {
                shown.Append(rune.ToString());
            }
        }

        return shown.ToString();
    }

    /// <summary>The first few of many names, and how many more there are.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        const int shown = 4;
        string first = string.Join(", ", names.Take(shown).Select(name => $"'{Of(name)}'"));
        return names.Count <= shown ? first : $"{first} and {names.Count - shown} more";
    }
}
