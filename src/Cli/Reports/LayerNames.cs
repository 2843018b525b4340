using System.Globalization;

namespace Flightc.Cli.Reports;

/// <summary>Names that begin with <c>layers.3.</c>.</summary>
internal static class LayerNames
{
    private const string Prefix = "layers.";

    /// <summary>The name with <c>*</c> for its layer and for the number of a piece at its end.</summary>
    public static string Merged(string name)
    {
        string merged = TryLayer(name, out _, out string rest) ? $"{Prefix}*{rest}" : name;
        int last = merged.LastIndexOf('.') + 1;
        return last > 0 && last < merged.Length && merged.AsSpan(last).IndexOfAnyExceptInRange('0', '9') < 0
            ? $"{merged[..last]}*"
            : merged;
    }

    /// <summary>The layer of a name.</summary>
    /// <param name="name">Any name.</param>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="rest">What follows the number, from its dot on.</param>
    public static bool TryLayer(string name, out int layer, out string rest)
    {
        (layer, rest) = (0, "");
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        int end = name.IndexOf('.', Prefix.Length);
        end = end < 0 ? name.Length : end;
        rest = name[end..];
        return int.TryParse(name.AsSpan(Prefix.Length, end - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out layer);
    }
}
