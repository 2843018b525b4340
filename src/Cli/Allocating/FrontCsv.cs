using System.Globalization;
using System.Text;

namespace Flightc.Cli.Allocating;

/// <summary>Points of a front as comma-separated values (RFC 4180, lines ended by a line feed): docs/allocation.md §4.</summary>
internal static class FrontCsv
{
    private const string Columns = "kind,name,bits_per_weight,weight_bytes,hbm_bytes,decode_ms,predicted_loss\n";

    /// <summary>The chosen assignment, the front, and recipes, after a line with names.</summary>
    public static string Of(FoundAllocation found)
    {
        StringBuilder text = new(Columns);
        Append(text, "chosen", found.Fitted.Point.Recipe.Name, found.Fitted.Point);
        foreach (AllocationPoint point in found.Front)
        {
            Append(text, "front", "", point);
        }

        foreach (AllocationPoint point in found.Recipes)
        {
            Append(text, "recipe", point.Recipe.Name, point);
        }

        return text.ToString();
    }

    // Numbers in the shortest form that reads back as the same; names of recipes have no commas.
    private static void Append(StringBuilder text, string kind, string name, AllocationPoint point) => text.Append(
        CultureInfo.InvariantCulture,
        $"{kind},{name},{point.BitsPerWeight:R},{point.Bytes.Weights},{point.Bytes.Hbm},{point.Milliseconds:R},{point.Loss:R}\n");
}
