using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Settings;

namespace Flightc.Recipes;

/// <summary>Reads a recipe from its YAML: docs/recipes.md.</summary>
public static class RecipeFile
{
    private const int MostRules = 256;

    private static readonly string[] GroupSizes = ["32", "64", "128"];

    private static readonly string[] Sparsities = [.. Sparsity.All.Select(s => s.ToString())];

    /// <summary>Reads and checks a recipe.</summary>
    /// <exception cref="CompilationException">The file cannot be read (FLC1001) or is not valid (FLC1201 …
    /// FLC1204). All errors are reported together.</exception>
    public static Recipe Read(string path) => SettingsFile.Read(path, Take);

    private static Recipe Take(string name, SettingsReader file)
    {
        string description = file.Text("description");
        QuantizedFormat weights = Format(file, "weights");
        QuantizedFormat embedding = Format(file, "embedding", canBeSparse: false);
        QuantizedFormat head = Format(file, "head");
        IReadOnlyList<WeightRule> rules = file.Groups("overrides", MostRules, Rule);
        file.Choice("method", "round_to_nearest");
        file.Choice("activations", "int8");
        int cacheBits = file.Choice("kv_cache", "int8", "int4") == "int4" ? 4 : 8;
        return new Recipe(name, description, weights, embedding, head, rules) { CacheBits = cacheBits };
    }

    private static QuantizedFormat Format(SettingsReader file, string key, bool canBeSparse = true) =>
        file.Group(key, format => new WeightRule("", Format(format, canBeSparse)))?.Format ?? default;

    private static WeightRule Rule(SettingsReader file) => new(file.Text("match"), Format(file));

    private static QuantizedFormat Format(SettingsReader file, bool canBeSparse = true)
    {
        int bits = file.Integer32("bits", 2, 8);
        int group = int.Parse(file.Choice("group", GroupSizes), System.Globalization.CultureInfo.InvariantCulture);

        // The table of the embedding holds every code, so that zeros would save nothing.
        return canBeSparse && file.Has("sparsity")
            ? new QuantizedFormat(bits, group, Sparsity.Parse(file.Choice("sparsity", Sparsities))!.Value)
            : new QuantizedFormat(bits, group);
    }
}
