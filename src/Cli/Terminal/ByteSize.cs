using System.Globalization;

namespace Flightc.Cli.Terminal;

/// <summary>Amounts of memory and disk as people write them: <c>512MiB</c>, <c>1.5GB</c>, <c>2GiB</c>, or bytes.</summary>
internal static class ByteSize
{
    /// <summary>What can be written, for messages.</summary>
    public const string Wanted = "a size above 0, such as 512MiB, 2GiB, 1.5GB or a number of bytes";

    // Longer suffixes before those that they end with.
    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>Reads a size.</summary>
    /// <param name="text">A number, with a unit or without; small and capital letters mean the same.</param>
    /// <param name="bytes">Whole bytes, rounded down, at least 1.</param>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string trimmed = text.Trim();
        (string suffix, double unit) = Array.Find(Units, u => trimmed.EndsWith(u.Suffix, StringComparison.OrdinalIgnoreCase));
        string number = suffix is null ? trimmed : trimmed[..^suffix.Length].TrimEnd();

        // A count of bytes is exact; only with a unit is a fraction of it meant.
        if (suffix is null)
        {
            return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) && bytes > 0;
        }

        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count) || !(count * unit is >= 1 and < long.MaxValue))
        {
            return false;
        }

        bytes = (long)(count * unit);
        return true;
    }
}
