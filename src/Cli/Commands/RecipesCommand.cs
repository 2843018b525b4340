using System.CommandLine;
using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Recipes;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc recipes</c></summary>
internal sealed class RecipesCommand : CommandDefinition
{
    private readonly Argument<string?> _name = new("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "A recipe, by name or by the path of its .yaml file: shows it in detail" };

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
        [("flightc recipes", "all of them"), ("flightc recipes w4", "one in detail"), ("flightc recipes ./mine.yaml", "check a file of your own")];

    /// <inheritdoc/>
    public override void Declare(Command command) => command.Add(_name);

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        Output output = invocation.Output;
        RecipeCatalog catalog = new();
        if (arguments.GetValue(_name) is { } name)
        {
            Show(catalog.Find(name), output);
            return ExitCode.Success;
        }

        IReadOnlyList<Recipe> all = catalog.All();
        if (output.IsJson)
        {
            output.WriteJson(new JsonObject { ["recipes"] = Json.Array(all, ToJson) });
            return ExitCode.Success;
        }

        Tables.Write(
            output, "", ["name", "weights", "embedding", "head", "description"],
            all.Select(
                r => (IReadOnlyList<string>)[r.Name + (r.Name == Recipe.Default ? " (default)" : ""), Words(r.Weights), Words(r.Embedding), Words(r.Head), r.Description]));
        return ExitCode.Success;
    }

    private static void Show(Recipe recipe, Output output)
    {
        if (output.IsJson)
        {
            output.WriteJson(ToJson(recipe));
            return;
        }

        Tables.WriteFacts(
            output,
            [
                ("recipe", $"{recipe.Name}: {recipe.Description}"),
                ("weights", Words(recipe.Weights)),
                ("embedding", Words(recipe.Embedding)),
                ("head", Words(recipe.Head)),
                .. recipe.Rules.Select(rule => ("override", $"{rule.Match}: {Words(rule.Format)}")),
                .. Changes(recipe.Compression),
                ("activations", "8 bits per token"),
                ("KV cache", $"{recipe.CacheBits} bits, a scale per token and head"),
                ("attention of prompts", recipe.Attention.Kind == MaskKind.None ? "everything" : recipe.Attention.ToString()),
            ]);
    }

    private static string Words(QuantizedFormat format) =>
        $"{format.Bits} bits, groups of {format.GroupSize}{(format.HasShortScales ? ", short scales" : "")}{(format.Sparsity.IsDense ? "" : $", {format.Sparsity} kept")}";

    private static IEnumerable<(string Key, string Words)> Changes(CompressionWishes wishes)
    {
        if (wishes.Rotation != RotationKind.None)
        {
            yield return ("rotation", wishes.Rotation == RotationKind.Values ? "values of attention, head by head" : "hidden values between the layers");
        }

        if (wishes.Migration != MigrationMethod.None)
        {
            yield return ("migration", wishes.Migration == MigrationMethod.Awq ? "scales of features by AWQ" : "scales of features by SmoothQuant");
        }
    }

    private static JsonObject ToJson(Recipe recipe) => new()
    {
        ["name"] = recipe.Name,
        ["description"] = recipe.Description,
        ["is_default"] = recipe.Name == Recipe.Default,
        ["weights"] = ToJson(recipe.Weights),
        ["embedding"] = ToJson(recipe.Embedding),
        ["head"] = ToJson(recipe.Head),
        ["kv_cache_bits"] = recipe.CacheBits,
        ["attention"] = recipe.Attention.ToString(),
        ["overrides"] = Json.Array(
            recipe.Rules,
            rule => new JsonObject { ["match"] = rule.Match, ["format"] = ToJson(rule.Format) }),
        ["method"] = CompressionNames.NameOf(recipe.Compression.Method),
        ["pruning"] = CompressionNames.NameOf(recipe.Compression.Pruning),
        ["is_joint"] = recipe.Compression.IsJoint,
        ["needs_calibration"] = recipe.Compression.NeedsCalibration,
        ["migration"] = CompressionNames.NameOf(recipe.Compression.Migration),
        ["rotation"] = CompressionNames.NameOf(recipe.Compression.Rotation),
    };

    private static JsonObject ToJson(QuantizedFormat format) => new()
    {
        ["bits"] = format.Bits,
        ["group"] = format.GroupSize,
        ["scale"] = format.HasShortScales ? "bfloat16" : "binary32",
        ["sparsity"] = format.Sparsity.IsDense ? null : format.Sparsity.ToString(),
    };
}
