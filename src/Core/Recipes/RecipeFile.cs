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

    // One for each size of a group, for messages.
    private static readonly Sparsity[] Patterns =
        [Sparsity.Parse("16.8:16")!.Value, Sparsity.Parse("16.8.8.4:16")!.Value, Sparsity.Parse("16.8.8.8.8.8.4.4:16")!.Value];

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
        CompressionWishes compression = Compression(file);
        file.Choice("activations", "int8");
        int cacheBits = file.Choice("kv_cache", "int8", "int4") == "int4" ? 4 : 8;
        AttentionWish attention = file.Has("attention") ? file.Group("attention", Attention) ?? AttentionWish.Full : AttentionWish.Full;
        return new Recipe(name, description, weights, embedding, head, rules)
        {
            Compression = compression, Attention = attention, CacheBits = cacheBits,
        };
    }

    private static AttentionWish Attention(SettingsReader file)
    {
        string mask = file.Choice("mask", "none", "window", "calibrated");
        int sink = file.Has("sink") ? file.Integer32("sink", 0, LayerMask.MaxBlocks) : 1;
        int window = file.Has("window") ? file.Integer32("window", 1, LayerMask.MaxBlocks) : 0;
        double keep = file.Has("keep") ? file.Positive("keep", 1) : 0;
        if (mask == "none" && (file.Has("sink") || window > 0 || keep > 0))
        {
            file.Refuse("mask", "'mask: none' keeps everything: sink, window and keep do not go with it");
        }

        if (mask == "window" && window > 0 == keep > 0)
        {
            file.Refuse("mask", "'mask: window' wants either 'window', a number of blocks of 64 tokens, or 'keep', a share of the causal blocks");
        }

        if (mask == "calibrated" && (window > 0 || keep == 0))
        {
            file.Refuse("mask", "'mask: calibrated' wants 'keep', a share of the causal blocks, and no 'window'");
        }

        return new AttentionWish(
            mask switch { "window" => MaskKind.Window, "calibrated" => MaskKind.Calibrated, _ => MaskKind.None }, keep, sink, window);
    }

    private static CompressionWishes Compression(SettingsReader file)
    {
        QuantizationMethod method = CompressionNames.Methods[file.Choice("method", [.. CompressionNames.Methods.Keys])];
        bool usesData = method != QuantizationMethod.RoundToNearest;
        PruningMethod pruning = !file.Has("pruning") ? usesData ? PruningMethod.SparseGpt : PruningMethod.Magnitude
            : CompressionNames.Prunings[file.Choice("pruning", [.. CompressionNames.Prunings.Keys])];
        bool isJoint = !file.Has("joint") || file.Choice("joint", "true", "false") == "true";
        bool isRequired = file.Has("calibration") && file.Choice("calibration", "optional", "required") == "required";
        MigrationMethod migration = !file.Has("migration") ? MigrationMethod.None
            : CompressionNames.Migrations[file.Choice("migration", [.. CompressionNames.Migrations.Keys])];
        RotationKind rotation = !file.Has("rotation") ? RotationKind.None
            : CompressionNames.Rotations[file.Choice("rotation", [.. CompressionNames.Rotations.Keys])];
        return new CompressionWishes(method, pruning, isJoint, isRequired) { Migration = migration, Rotation = rotation };
    }

    private static QuantizedFormat Format(SettingsReader file, string key, bool canBeSparse = true) =>
        file.Group(key, format => new WeightRule("", Format(format, canBeSparse)))?.Format ?? default;

    private static WeightRule Rule(SettingsReader file) => new(file.Text("match"), Format(file));

    private static QuantizedFormat Format(SettingsReader file, bool canBeSparse = true)
    {
        int bits = file.Integer32("bits", 2, 8);
        int group = int.Parse(file.Choice("group", GroupSizes), System.Globalization.CultureInfo.InvariantCulture);

        // The table of the embedding holds every code, so that zeros would save nothing.
        bool hasShortScales = file.Has("scale") && file.Choice("scale", "binary32", "bfloat16") == "bfloat16";
        return new QuantizedFormat(bits, group, canBeSparse && file.Has("sparsity") ? SparsityOf(file, group) : default, hasShortScales);
    }

    private static Sparsity SparsityOf(SettingsReader file, int group)
    {
        string example = Patterns.First(p => p.Fits(group)).ToString();
        string text = file.Choice("sparsity", Sparsities, t => Sparsity.Parse(t) is not null, $"a pattern such as '{example}'");
        Sparsity sparsity = Sparsity.Parse(text)!.Value;
        if (!sparsity.Fits(group))
        {
            file.Refuse(
                "sparsity",
                $"'sparsity' is a pattern of {sparsity.Pattern.Blocks} entries, but has one for each 16 columns of a group: {group / 16} for groups of {group}, such as '{example}'");
        }

        return sparsity;
    }
}
