using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Passes.Allocation;

namespace Flightc.Cli.Allocating;

/// <summary>An allocation as JSON: docs/json.md.</summary>
internal static class AllocateJson
{
    /// <summary>The document.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="file">The recipe that was written; null for none.</param>
    /// <param name="warnings">What is worth knowing.</param>
    public static JsonObject Of(FoundAllocation found, string? file, IEnumerable<Diagnostic> warnings) => new()
    {
        ["architecture"] = found.Architecture,
        ["target"] = found.Model.Target.Name,
        ["recipe"] = found.Model.Recipe.Name,
        ["context_length"] = found.Model.ContextLength,
        ["weight_count"] = found.Model.WeightCount,
        ["budget"] = new JsonObject { ["kind"] = NameOf(found.Request.Budget.Kind), ["value"] = found.Request.Budget.Value },
        ["is_budget_reached"] = !found.IsUnlimited,
        ["loss_measure"] = found.Losses.Measure,
        ["candidates"] = Json.Array(found.Candidates, f => f.ToString()),
        ["timed_context"] = found.Context,
        ["chosen"] = Of(found.Fitted.Point, "predicted_loss_bound", Json.Number(found.Fitted.Assignment.LossBound)),
        ["compiled_programs"] = found.Fitted.Programs,
        ["tensors"] = new JsonArray([.. found.Model.Tensors.Select((tensor, i) => Of(tensor, found.ChoiceOf(i)))]),
        ["front_points"] = found.PointCount,
        ["front"] = Json.Array(found.Front, point => Of(point)),
        ["recipes"] = Json.Array(found.Recipes, point => Of(point, "recipe", point.Recipe.Name)),
        ["recipe_file"] = file,
        ["diagnostics"] = Json.Of(warnings),
    };

    private static string NameOf(BudgetKind kind) => kind switch
    {
        BudgetKind.Bits => "bits_per_weight",
        BudgetKind.Bytes => "hbm_bytes",
        BudgetKind.Milliseconds => "decode_ms",
    };

    private static JsonObject Of(AllocatedTensor tensor, AllocationOption choice) => new()
    {
        ["role"] = tensor.Role,
        ["weights"] = tensor.Elements,
        ["format"] = choice.Format.ToString(),
        ["bytes"] = choice.Cost,
        ["predicted_loss"] = choice.Loss,
    };

    private static JsonObject Of(AllocationPoint point, string? key = null, JsonNode? value = null)
    {
        JsonObject document = new()
        {
            ["bits_per_weight"] = point.BitsPerWeight,
            ["weight_bytes"] = point.Bytes.Weights,
            ["hbm_bytes"] = point.Bytes.Hbm,
            ["decode_ms"] = point.Milliseconds is { } milliseconds ? JsonValue.Create(milliseconds) : null,
            ["predicted_loss"] = point.Loss,
        };
        if (key is not null)
        {
            document.Insert(0, key, value);
        }

        return document;
    }
}
