using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Settings;

namespace Flightc.Recipes;

/// <summary>Reads a recipe from its YAML: docs/recipes.md.</summary>
public static class RecipeFile
{
    /// <summary>
    /// The most overrides of a recipe: one for every matrix of a model with 146 layers, and few enough that matching
    /// all of them against all weights takes no time.
    /// </summary>
    public const int MostRules = 1024;

    private static readonly string[] GroupSizes = ["32", "64", "128"];

    private static readonly string[] Sparsities = [.. Sparsity.All.Select(s => s.ToString())];

    /// <summary>Reads and checks a recipe.</summary>
    /// <exception cref="CompilationException">The file cannot be read (FLC1001) or is not valid (FLC1201 …
    /// FLC1204). All errors are reported together.</exception>
    public static Recipe Read(string path) => SettingsFile.Read(path, Take);

    /// <summary>How weights are pruned where a recipe does not say it.</summary>
    internal static PruningMethod DefaultPruning(QuantizationMethod method) =>
        method == QuantizationMethod.RoundToNearest ? PruningMethod.Magnitude : PruningMethod.SparseGpt;

    private static Recipe Take(string name, SettingsReader file)
    {
        string description = file.Text("description");
        QuantizedFormat weights = Format(file, "weights");
        QuantizedFormat embedding = Format(file, "embedding", canBeSparse: false);
        QuantizedFormat head = Format(file, "head");
        IReadOnlyList<WeightRule> rules = file.Groups("overrides", MostRules, Rule);
        CompressionWishes compression = Compression(file);
        file.Choice("activations", "int8");
        file.Choice("kv_cache", "int8");
        return new Recipe(name, description, weights, embedding, head, rules) { Compression = compression };
    }

    private static CompressionWishes Compression(SettingsReader file)
    {
        QuantizationMethod method = CompressionNames.Methods[file.Choice("method", [.. CompressionNames.Methods.Keys])];
        PruningMethod pruning = !file.Has("pruning") ? DefaultPruning(method)
            : CompressionNames.Prunings[file.Choice("pruning", [.. CompressionNames.Prunings.Keys])];
        bool isJoint = !file.Has("joint") || file.Choice("joint", "true", "false") == "true";
        bool isRequired = file.Has("calibration") && file.Choice("calibration", "optional", "required") == "required";
        return new CompressionWishes(method, pruning, isJoint, isRequired);
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
