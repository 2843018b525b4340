using System.Globalization;
using Flightc.Numerics;

namespace Flightc.IR;

/// <summary>How <see cref="RotaryAngles"/> stand in the text of a graph.</summary>
/// <remarks>
/// <c>theta=10000</c>, and where they differ from the usual <c>rotary_dim=32</c>, <c>divisors=1x20_3.25_8x11</c> (numbers by pair, <c>x</c> and how often
/// where one repeats) and <c>magnitude=1.19</c>.
/// </remarks>
internal static class RotaryText
{
    private const int MostPairs = 1 << 16;

    /// <summary>The attributes, in the order printed.</summary>
    public static IEnumerable<(string Name, string Value)> AttributesOf(RotaryAngles angles, int headDim)
    {
        yield return ("theta", Text(angles.Theta));
        if (angles.Dim != headDim)
        {
            yield return ("rotary_dim", angles.Dim.ToString(CultureInfo.InvariantCulture));
        }

        if (angles.Divisors.Count > 0)
        {
            yield return ("divisors", Text(angles.Divisors));
        }

        if (angles.Magnitude != 1)
        {
            yield return ("magnitude", Text(angles.Magnitude));
        }
    }

    /// <summary>The angles that <see cref="AttributesOf"/> printed.</summary>
    public static RotaryAngles Read(AttributeReader attributes, int headDim) => new(
        attributes.Double("theta"), attributes.FindCount("rotary_dim") ?? headDim,
        attributes.Find("divisors", "numbers with '_' between them, such as 1x20_3.25_8x11", Divisors),
        attributes.FindDouble("magnitude") ?? 1);

    private static string Text(IReadOnlyList<double> divisors)
    {
        List<string> runs = [];
        for (int i = 0, end; i < divisors.Count; i = end)
        {
            for (end = i + 1; end < divisors.Count && divisors[end] == divisors[i];)
            {
                end++;
            }

            runs.Add(end - i == 1 ? Text(divisors[i]) : string.Create(CultureInfo.InvariantCulture, $"{Text(divisors[i])}x{end - i}"));
        }

        return string.Join('_', runs);
    }

    /// <summary>Divisors as text has them, by pair; null for what is none.</summary>
    internal static double[]? Divisors(string text)
    {
        List<double> divisors = [];
        foreach (string run in text.Split('_'))
        {
            string[] parts = run.Split('x');
            int count = 1;
            if (parts.Length > 2
                || !double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value)
                || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count))
                || count < 1 || count > MostPairs - divisors.Count)
            {
                return null;
            }

            divisors.AddRange(Enumerable.Repeat(value, count));
        }

        return [.. divisors];
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}
