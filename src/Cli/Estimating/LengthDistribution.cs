using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Cli.Estimating;

/// <summary>How often each length occurs.</summary>
/// <param name="Description">In words.</param>
/// <param name="Lengths">Lengths, ascending, each once.</param>
/// <param name="Weights">Their shares; they add up to 1.</param>
internal sealed record LengthDistribution(string Description, IReadOnlyList<long> Lengths, IReadOnlyList<double> Weights)
{
    private const string Uniform = "uniform";
    private const int MostFileBytes = 16 << 20;

    /// <summary>Every length from 1 on, equally often.</summary>
    public static LengthDistribution UniformTo(long context) => Of(
        string.Create(CultureInfo.InvariantCulture, $"every length from 1 to {context} equally often"),
        Enumerable.Range(1, checked((int)context)).Select(length => ((long)length, 1.0)), context);

    /// <summary>Reads <c>uniform</c>, <c>128:0.5,512:0.5</c>, or a file with a length and perhaps a weight per
    /// line.</summary>
    /// <param name="text">What the user gave; null for uniform.</param>
    /// <param name="context">The longest length that can occur.</param>
    /// <exception cref="CompilationException">It is neither (FLC9001), the file cannot be read (FLC1001), or a length is
    /// longer than the context (FLC1104).</exception>
    public static LengthDistribution Parse(string? text, long context)
    {
        if (text is null or Uniform)
        {
            return UniformTo(context);
        }

        bool isList = text.All(c => char.IsAsciiDigit(c) || c is ',' or ':' or '.') && !File.Exists(text);
        string[] items = isList ? text.Split(',') : ReadLines(text);
        return Of(
            isList ? $"lengths {text}" : $"the lengths of {Path.GetFileName(text)}",
            items.Select((item, i) => Item(item, isList ? $"--lengths, item {i + 1}" : $"{text}:{i + 1}")).OfType<(long, double)>(), context);
    }

    private static LengthDistribution Of(string description, IEnumerable<(long Length, double Weight)> items, long context)
    {
        (long Length, double Weight)[] sorted =
        [
            .. items.GroupBy(i => i.Length).Select(g => (g.Key, g.Sum(i => i.Weight))).OrderBy(i => i.Key),
        ];
        double sum = sorted.Sum(i => i.Weight);
        if (sorted.Length == 0 || !double.IsFinite(sum))
        {
            throw Wrong("there are no lengths", "--lengths");
        }

        return sorted[^1].Length <= context
            ? new LengthDistribution(description, [.. sorted.Select(i => i.Length)], [.. sorted.Select(i => i.Weight / sum)])
            : throw new CompilationException(
                Codes.LengthUnsupported,
                $"{description}: a length of {sorted[^1].Length} is among them; the program serves sequences of 1 to {context}", "--lengths",
                "leave it out, or give a larger --max-length");
    }

    private static string[] ReadLines(string path)
    {
        using FileStream stream = InputFile.Open(path);
        if (stream.Length > MostFileBytes)
        {
            throw Wrong($"the file has more than {MostFileBytes} bytes", path);
        }

        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Split('\n');
    }

    // Null for a line without anything but a comment.
    private static (long Length, double Weight)? Item(string item, string location)
    {
        string content = item.Split('#')[0].Trim();
        if (content.Length == 0 && !location.StartsWith("--", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = content.Split([':', ' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        double weight = 1;
        bool isValid = parts.Length is 1 or 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long length) && length > 0
            && (parts.Length == 1 || double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight))
            && weight > 0 && double.IsFinite(weight);
        return isValid
            ? (long.Parse(parts[0], CultureInfo.InvariantCulture), weight)
            : throw Wrong($"'{Excerpt.Of(content)}' stands where a length from 1 and perhaps its weight above 0 are wanted, such as 128:0.5", location);
    }

    private static CompilationException Wrong(string message, string location) => new(
        Codes.Usage, message, location, "give 'uniform', a list such as 128:0.5,512:0.5, or a file with a length and perhaps a weight per line");
}
