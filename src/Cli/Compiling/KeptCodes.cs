using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Cli.Compiling;

/// <summary>
/// Which matrices keep the codes that a checkpoint brings: those whose codes a format of ours holds without changing a value, in no more bits than the recipe
/// wishes. All others are quantised anew, as the recipe says.
/// </summary>
internal static class KeptCodes
{
    /// <summary>The formats of a recipe, or of kept codes.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="wished">The recipe's format of a matrix.</param>
    /// <param name="weights">What the checkpoint brings; null where only shapes are known.</param>
    /// <param name="recipe">Codes are kept only where it neither prunes nor moves weights.</param>
    /// <param name="notes">Told how many are kept, and why others are not.</param>
    public static Func<Weight, QuantizedFormat?> Formats(
        Graph graph, Func<Weight, QuantizedFormat?> wished, IWeights? weights, Recipe recipe, DiagnosticBag notes)
    {
        if (weights is not IStoredCodes stored || !weights.HasData)
        {
            return wished;
        }

        Dictionary<string, QuantizedFormat> kept = new(StringComparer.Ordinal);
        SortedDictionary<string, List<string>> others = new(StringComparer.Ordinal);
        foreach (Weight weight in graph.Weights.Where(w => w.Type.Shape.Count == 2))
        {
            if (wished(weight) is not { } wish)
            {
                continue;
            }

            QuantizedFormat? format = stored.FindFormat(weight.Name, out string reason);
            if (format is { } found)
            {
                reason = recipe.Compression.Migration != MigrationMethod.None || recipe.Compression.Rotation != RotationKind.None
                    ? "the recipe moves weights"
                    : !wish.Sparsity.IsDense ? "the recipe prunes"
                    : found.Bits > wish.Bits ? $"they have {found.Bits} bits, and the recipe wishes {wish.Bits}"
                    : "";
                if (reason.Length == 0)
                {
                    kept.Add(weight.Name, found);
                }
            }

            if (reason.Length > 0)
            {
                if (!others.TryGetValue(reason, out List<string>? names))
                {
                    others.Add(reason, names = []);
                }

                names.Add(weight.Name);
            }
        }

        foreach (IGrouping<QuantizedFormat, KeyValuePair<string, QuantizedFormat>> group in kept.GroupBy(k => k.Value).OrderBy(g => g.Key.ToString(), StringComparer.Ordinal))
        {
            notes.Note(Codes.ModelNote, $"{group.Count()} matrices keep the checkpoint's codes, as {group.Key}");
        }

        foreach ((string reason, List<string> names) in others)
        {
            notes.Note(Codes.ModelNote, $"{names.Count} matrices that the checkpoint stores as codes are quantised anew, '{names[0]}' first: {reason}");
        }

        return weight => kept.TryGetValue(weight.Name, out QuantizedFormat format) ? format : wished(weight);
    }
}
