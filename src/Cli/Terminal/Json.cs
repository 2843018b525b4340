using System.Text.Json.Nodes;
using Flightc.Diagnostics;

namespace Flightc.Cli.Terminal;

/// <summary>JSON of what several commands print. Keys are snake_case, ratios are fractions.</summary>
internal static class Json
{
    /// <summary>A list of documents.</summary>
    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> convert) =>
        new([.. items.Select(convert)]);

    /// <summary>A list of diagnostics, each once.</summary>
    public static JsonArray Of(IEnumerable<Diagnostic> diagnostics) =>
        Array(diagnostics.Distinct(), d => new JsonObject
        {
            ["code"] = d.Code,
            ["severity"] = d.Severity switch
            {
                Severity.Note => "note",
                Severity.Warning => "warning",
                Severity.Error => "error",
            },
            ["message"] = d.Message,
            ["location"] = d.Location,
            ["help"] = d.Help,
        });

    /// <summary>A finite number; null for what JSON cannot say.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
