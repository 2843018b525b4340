using System.Globalization;

namespace Flightc.Cli.Terminal;

/// <summary>Numbers for people; machines get them bare.</summary>
internal static class Quantity
{
    private static readonly string[] BinaryUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary><c>4.52 MiB</c>; below 1 KiB exact.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < BinaryUnits.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(unit == 0 ? value.ToString("0", CultureInfo.InvariantCulture) : value.ToString("0.00", CultureInfo.InvariantCulture))} {BinaryUnits[unit]}");
    }

    /// <summary><c>1,234,567</c></summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number with that many decimals.</summary>
    public static string Real(double value, int decimals = 3) =>
        value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary><c>12.3 %</c> of a fraction.</summary>
    public static string Percent(double fraction, int decimals = 1) => Real(fraction * 100, decimals) + " %";

    /// <summary><c>0.42 s</c></summary>
    public static string Time(TimeSpan time) => Real(time.TotalSeconds, 2) + " s";

    /// <summary><c>2.6M</c>: three digits at most, for names.</summary>
    public static string Short(long count) => count switch
    {
        >= 1_000_000_000 => (count / 1e9).ToString("0.#", CultureInfo.InvariantCulture) + "B",
        >= 1_000_000 => (count / 1e6).ToString("0.#", CultureInfo.InvariantCulture) + "M",
        >= 1_000 => (count / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + "K",
        _ => count.ToString(CultureInfo.InvariantCulture),
    };
}
