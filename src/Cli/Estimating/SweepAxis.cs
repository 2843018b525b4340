using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Cli.Estimating;

/// <summary>One thing that a sweep varies: <c>--sweep KEY=VALUES</c>.</summary>
/// <param name="Key"><c>target</c>, <c>recipe</c>, <c>clock</c>, or the path of a number in the target's file.</param>
/// <param name="Values">In the order in which they were given.</param>
internal sealed record SweepAxis(string Key, IReadOnlyList<string> Values)
{
    /// <summary>The key that varies targets.</summary>
    public const string Target = "target";

    /// <summary>The key that varies recipes.</summary>
    public const string Recipe = "recipe";

    /// <summary>The most points of a sweep: some hours.</summary>
    public const int MostPoints = 10_000;

    // What a user calls the number, and what the file does.
    private const string Clock = "clock";
    private const string ClockPath = "clock_mhz";

    /// <summary>The path of the number in the target's file; null for targets and recipes.</summary>
    public string? Path => Key switch
    {
        Target or Recipe => null,
        Clock => ClockPath,
        _ => Key,
    };

    /// <summary>Reads axes, and refuses what is no sensible sweep.</summary>
    /// <param name="texts">Each <c>KEY=V,V…</c>, or, for numbers, <c>KEY=FIRST..LAST:STEP</c>.</param>
    /// <exception cref="CompilationException">FLC9001.</exception>
    public static IReadOnlyList<SweepAxis> Parse(IReadOnlyList<string> texts)
    {
        List<SweepAxis> axes = [];
        long points = 1;
        foreach (string text in texts)
        {
            SweepAxis axis = Parse(text);
            if (axes.Any(a => (a.Path ?? a.Key) == (axis.Path ?? axis.Key)))
            {
                throw Wrong(text, $"'{axis.Key}' is varied twice");
            }

            axes.Add(axis);
            points *= axis.Values.Count;
            if (points > MostPoints)
            {
                throw Wrong(text, TooMany(points));
            }
        }

        return axes;
    }

    private static SweepAxis Parse(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        string key = at < 0 ? "" : text[..at].Trim();
        if (key.Length == 0)
        {
            throw Wrong(text, "a key and its values are wanted");
        }

        bool isNumber = key is not (Target or Recipe);
        List<string> values = [];
        foreach (string item in text[(at + 1)..].Split(','))
        {
            string value = item.Trim();
            if (isNumber && value.Contains("..", StringComparison.Ordinal))
            {
                Range(text, value, values);
            }
            else if (value.Length == 0)
            {
                throw Wrong(text, "a value is empty");
            }
            else
            {
                values.Add(isNumber ? Words(Number(text, value)) : value);
            }
        }

        string? twice = values.GroupBy(v => v).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? new SweepAxis(key, values) : throw Wrong(text, $"the value '{twice}' stands twice");
    }

    private static void Range(string text, string range, List<string> values)
    {
        string[] ends = range.Split("..");
        string[] last = ends.Length == 2 ? ends[1].Split(':') : [];
        if (last.Length != 2)
        {
            throw Wrong(text, $"the range '{Excerpt.Of(range)}' is not FIRST..LAST:STEP");
        }

        decimal first = Number(text, ends[0]);
        decimal end = Number(text, last[0]);
        decimal step = Number(text, last[1]);
        if (step == 0)
        {
            throw Wrong(text, "the step is 0");
        }

        if (end < first)
        {
            throw Wrong(text, $"the range is empty: {Words(first)} is above {Words(end)}");
        }

        decimal count = Math.Floor((end - first) / step) + 1;
        if (count > MostPoints)
        {
            throw Wrong(text, TooMany(count));
        }

        for (int i = 0; i < count; i++)
        {
            values.Add(Words(first + (i * step)));
        }
    }

    private static decimal Number(string text, string value) =>
        decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) && number < 1e12m
            ? number
            : throw Wrong(text, $"'{Excerpt.Of(value)}' stands where a number is wanted");

    private static string TooMany(decimal points) =>
        $"the sweep has {points.ToString("#,0", CultureInfo.InvariantCulture)} points or more; at most {MostPoints.ToString("#,0", CultureInfo.InvariantCulture)} are estimated";

    // Without zeros at the end, so that equal values look equal.
    private static string Words(decimal number) => number.ToString("0.#########", CultureInfo.InvariantCulture);

    private static CompilationException Wrong(string text, string message) => new(
        Codes.Usage, $"--sweep '{Excerpt.Of(text)}': {message}", "",
        "give values, such as recipe=w4,w8 or core.special_lanes=16,32, or a range of numbers, such as clock=200..300:25");
}
