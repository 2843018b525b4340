using System.Globalization;
using System.Text;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Recipes;

/// <summary>Writes a recipe as YAML that <see cref="RecipeFile"/> reads back as the same: docs/recipes.md.</summary>
public static class RecipeText
{
    /// <summary>The text of a recipe's file, which has to be called as the recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="comments">Lines for people at the top, without the sign of a comment.</param>
    /// <exception cref="CompilationException">It has more overrides than a file can have (FLC1204).</exception>
    public static string Print(Recipe recipe, params IReadOnlyList<string> comments)
    {
        if (recipe.Rules.Count > RecipeFile.MostRules)
        {
            throw new CompilationException(
                Codes.SettingsValue,
                $"the recipe '{recipe.Name}' would have {recipe.Rules.Count} overrides; a file can have {RecipeFile.MostRules}", "",
                "choose among fewer formats, so that more weights share one");
        }

        StringBuilder text = new();
        foreach (string comment in comments)
        {
            text.Append("# ").Append(OneLine(comment)).Append('\n');
        }

        text.Append("name: ").Append(recipe.Name).Append('\n');
        text.Append("description: ").Append(Quoted(recipe.Description)).Append("\n\n");
        text.Append("weights: {").Append(Words(recipe.Weights)).Append("}\n");
        text.Append("embedding: {").Append(Words(recipe.Embedding)).Append("}\n");
        text.Append("head: {").Append(Words(recipe.Head)).Append("}\n");
        if (recipe.Rules.Count > 0)
        {
            // Formats stand below one another.
            int width = recipe.Rules.Max(rule => Quoted(rule.Match).Length);
            text.Append("overrides:\n");
            foreach (WeightRule rule in recipe.Rules)
            {
                string match = $"{Quoted(rule.Match)},".PadRight(width + 1);
                text.Append("  - {match: ").Append(match).Append(' ').Append(Words(rule.Format)).Append("}\n");
            }
        }

        AppendCompression(text, recipe.Compression);
        text.Append("activations: int8\nkv_cache: ").Append(recipe.CacheBits == 4 ? "int4" : "int8").Append('\n');
        AppendAttention(text, recipe.Attention);
        return text.ToString();
    }

    private static void AppendCompression(StringBuilder text, CompressionWishes wishes)
    {
        text.Append("\nmethod: ").Append(CompressionNames.NameOf(wishes.Method)).Append('\n');
        text.Append("pruning: ").Append(CompressionNames.NameOf(wishes.Pruning)).Append('\n');
        text.Append(wishes.Migration == MigrationMethod.None ? "" : $"migration: {CompressionNames.NameOf(wishes.Migration)}\n");
        text.Append(wishes.Rotation == RotationKind.None ? "" : $"rotation: {CompressionNames.NameOf(wishes.Rotation)}\n");
        text.Append(wishes.IsJoint ? "" : "joint: false\n");
        text.Append(wishes.NeedsCalibration ? "calibration: required\n" : "");
    }

    private static void AppendAttention(StringBuilder text, AttentionWish wish)
    {
        if (wish.Kind == MaskKind.None)
        {
            return;
        }

        string size = wish.Window > 0
            ? string.Create(CultureInfo.InvariantCulture, $"window: {wish.Window}")
            : string.Create(CultureInfo.InvariantCulture, $"keep: {(decimal)wish.Keep}");
        string kind = wish.Kind == MaskKind.Window ? "window" : "calibrated";
        text.Append(CultureInfo.InvariantCulture, $"attention: {{mask: {kind}, sink: {wish.Sink}, {size}}}\n");
    }

    private static string Words(QuantizedFormat format) => string.Create(
        CultureInfo.InvariantCulture,
        $"bits: {format.Bits}, group: {format.GroupSize}{(format.HasShortScales ? ", scale: bfloat16" : "")}{(format.Sparsity.IsDense ? "" : $", sparsity: \"{format.Sparsity}\"")}");

    // YAML 1.2.2, 7.3.1: within double quotes a backslash and a quote are escaped.
    private static string Quoted(string text) =>
        $"\"{OneLine(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
