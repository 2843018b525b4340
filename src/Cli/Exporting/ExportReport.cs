using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Onnx;
using Flightc.Onnx.Writing;

namespace Flightc.Cli.Exporting;

/// <summary>What was exported, on one screen.</summary>
internal static class ExportReport
{
    /// <summary>Writes the report to standard output.</summary>
    public static void Write(ExportRequest request, ExportResult result, Output output)
    {
        long bytes = new FileInfo(request.Output).Length;

        // A file of that name may be an older export's.
        bool hasData = result.Model.Graph.Initializers.Values.Any(constant => constant.Data.Length >= OnnxWriter.DefaultExternalBytes);
        long dataBytes = hasData ? new FileInfo(request.Data).Length : 0;
        if (output.IsJson)
        {
            output.WriteJson(ToJson(request, result, bytes, dataBytes));
            return;
        }

        if (output.IsQuiet)
        {
            return;
        }

        OnnxGraph graph = result.Model.Graph;
        Tables.WriteFacts(
            output,
            ("model", $"{request.Output}, {Quantity.Bytes(bytes)}"),
            ("weights", dataBytes == 0 ? "within the model" : $"{request.Data}, {Quantity.Bytes(dataBytes)}"),
            ("numbers", result.Recipe is null ? "binary32, as the checkpoint has them" : $"those of the recipe {result.Recipe}, by docs/numerics.md"),
            ("opset", $"{request.Options.Opset}, {Quantity.Count(graph.Nodes.Count)} nodes"),
            ("context", $"{Quantity.Count(result.ContextLength)} tokens"),
            ("takes", Names(graph.Inputs)),
            ("gives", Names(graph.Outputs)));
    }

    private static JsonObject ToJson(ExportRequest request, ExportResult result, long bytes, long dataBytes) => new()
    {
        ["model"] = request.Output,
        ["model_bytes"] = bytes,
        ["data"] = dataBytes == 0 ? null : request.Data,
        ["data_bytes"] = dataBytes,
        ["recipe"] = result.Recipe,
        ["opset"] = request.Options.Opset,
        ["context_length"] = result.ContextLength,
        ["weight_count"] = result.WeightCount,
        ["node_count"] = result.Model.Graph.Nodes.Count,
        ["inputs"] = Json.Array(result.Model.Graph.Inputs, ValueJson),
        ["outputs"] = Json.Array(result.Model.Graph.Outputs, ValueJson),
        ["diagnostics"] = Json.Of(result.Warnings),
    };

    private static JsonObject ValueJson(OnnxValue value) => new()
    {
        ["name"] = value.Name,
        ["type"] = value.ElementType.OnnxName(),
        ["shape"] = Json.Array(value.Shape!, d => d.Size is { } size ? JsonValue.Create(size) : JsonValue.Create(d.Symbol)),
    };

    // The first two say what the many of a deep model are like.
    private static string Names(IReadOnlyList<OnnxValue> values)
    {
        const int shown = 2;
        string first = string.Join(", ", values.Take(shown).Select(v => $"{v.Name} [{string.Join(", ", v.Shape!.Select(d => d.Size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? d.Symbol))}]"));
        return values.Count <= shown ? first : $"{first} and {values.Count - shown} more";
    }
}
