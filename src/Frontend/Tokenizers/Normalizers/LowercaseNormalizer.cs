using System.Text;

namespace Flightc.Tokenizers;

/// <summary>Lower case by the culture-independent mapping of each character.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    public string Normalize(string text)
    {
        StringBuilder result = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // The only character whose lower case is two characters: I with dot above.
            _ = rune.Value == 0x130
                ? result.Append("i\u0307")
                : result.Append(Rune.ToLowerInvariant(rune).ToString());
        }

        return result.ToString();
    }
}
