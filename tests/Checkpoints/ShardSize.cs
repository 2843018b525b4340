using System.Globalization;

namespace Flightc.Tests;

/// <summary>Numbers of bytes as people write them: <c>5GB</c> is 5,000,000,000.</summary>
internal static class ShardSize
{
    private static readonly (string Unit, long Bytes)[] Units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1), ("", 1)];

    /// <summary>Bytes of a text.</summary>
    /// <exception cref="ArgumentException">It is no size, or not above 0.</exception>
    public static long Parse(string text)
    {
        (string unit, long bytes) = Units.First(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count) && count * bytes is >= 1 and < long.MaxValue
            ? (long)(count * bytes)
            : throw new ArgumentException($"'{text}' is no number of bytes such as 5GB or 300MB", nameof(text));
    }
}
