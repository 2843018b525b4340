using System.Globalization;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Allocation;

/// <summary>The formats that are tried where nothing else is said, and those that a user names.</summary>
/// <remarks>
/// A text is a list with commas. Each item is a format as in <see cref="QuantizedFormat.ToString"/>, such as
/// <c>4g32</c> or <c>3g128 8:16</c>, in which the bits may be a range and group sizes several:
/// <c>2..8g32/64/128</c>.
/// </remarks>
public static class CandidateFormats
{
    /// <summary>
    /// All widths and groups dense, and half of the weights at the widths where that is an alternative to fewer bits.
    /// </summary>
    public const string DefaultText = "2..8g32/64/128,3..6g64/128 8:16";

    /// <summary>The formats of <see cref="DefaultText"/>.</summary>
    public static IReadOnlyList<QuantizedFormat> Default { get; } = Parse(DefaultText);

    /// <summary>Reads a list, in its order.</summary>
    /// <exception cref="CompilationException">It is none, names a format twice, or one that no weight can have
    /// (FLC9001).</exception>
    public static IReadOnlyList<QuantizedFormat> Parse(string text)
    {
        List<QuantizedFormat> formats = [];
        foreach (string item in text.Split(','))
        {
            foreach (QuantizedFormat format in Expand(item.Trim()))
            {
                if (formats.Contains(format))
                {
                    throw Wrong(item, $"the format '{format}' stands twice");
                }

                formats.Add(format);
            }
        }

        return formats;
    }

    private static IEnumerable<QuantizedFormat> Expand(string item)
    {
        string[] words = item.Split(' ', 2);
        string[] parts = words[0].Split('g');
        string[] bits = parts[0].Split("..");
        if (parts.Length != 2 || bits.Length > 2 || !TryRead(bits[0], out int first) || !TryRead(bits[^1], out int last))
        {
            throw Wrong(item, "this is no format");
        }

        if (last < first || last - first > 8)
        {
            throw Wrong(item, $"the range of bits {first}..{last} is empty or too long");
        }

        string sparsity = words.Length == 1 ? "" : $" {words[1].Trim()}";
        for (int width = first; width <= last; width++)
        {
            foreach (string group in parts[1].Split('/'))
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{width}g{group}{sparsity}");
                yield return QuantizedFormat.Parse(name) is { IsKnown: true } format
                    ? format
                    : throw Wrong(item, $"no weight can have the format '{Excerpt.Of(name)}'");
            }
        }
    }

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static CompilationException Wrong(string item, string message) => new(
        Codes.Usage, $"--candidates '{Excerpt.Of(item)}': {message}", "",
        $"formats are {QuantizedFormat.KnownInWords}, perhaps with a sparsity, in a list such as {DefaultText}");
}
