using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Runtime.Evaluation;

namespace Flightc.Cli.Running;

/// <summary>The numbers of an evaluation, under the protocol that they hold for.</summary>
internal static class EvalReport
{
    /// <summary>Writes them to standard output.</summary>
    public static void Write(IReadOnlyList<EvaluatedImage> images, EvalRequest request, Output output)
    {
        if (output.IsJson)
        {
            output.WriteJson(ToJson(images, request));
            return;
        }

        EvaluationResult first = images[0].Result;
        Tables.WriteFacts(
            output,
            ("text", $"{request.Text}, {Quantity.Count(first.Records)} records{(first.Protocol.IsJoined ? ": whole windows of what was joined" : "")}"),
            ("begin ids", first.Protocol.BeginIds.Count == 0 ? "none" : $"{string.Join(", ", first.Protocol.BeginIds)} before each record of text"),
            ("window", $"{first.Protocol.Window} tokens, stride {first.Protocol.Stride}, {Quantity.Count(first.Windows)} windows"),
            ("scored", $"{EvaluationProtocol.ScoredPositions}: {Quantity.Count(first.Tokens)} tokens"),
            ("reference", first.Comparison is { } c ? $"{c.Reference} in binary32, perplexity {Quantity.Real(c.ReferencePerplexity, 4)}" : "none"));
        bool compares = first.Comparison is not null;
        Tables.Write(
            output, "",
            compares
                ? ["image", ">bits/weight", ">perplexity", ">against reference", ">mean KL, nats", ">same top-1"]
                : ["image", ">bits/weight", ">perplexity"],
            images.Select(
                i => (IReadOnlyList<string>)[i.Path, Quantity.Real(i.BitsPerWeight), Quantity.Real(i.Result.Perplexity, 4), .. Compared(i.Result.Comparison)]));
    }

    private static IEnumerable<string> Compared(ReferenceComparison? comparison) => comparison is not { } c ? [] :
    [
        $"{(c.PerplexityDelta < 0 ? "" : "+")}{Quantity.Percent(c.PerplexityDelta, 2)}{Error(c.PerplexityDeltaSe, e => Quantity.Percent(e, 2))}",
        $"{Quantity.Real(c.KlMean, 5)}{Error(c.KlSe, e => Quantity.Real(e, 5))}",
        Quantity.Percent(c.Top1Agreement),
    ];

    private static string Error(double? error, Func<double, string> format) =>
        error is { } e ? $" ± {format(e)}" : "";

    private static JsonObject ToJson(IReadOnlyList<EvaluatedImage> images, EvalRequest request)
    {
        // One image can be read without looking into the list.
        JsonObject document = images.Count == 1 ? ToJson(images[0]) : [];
        EvaluationProtocol protocol = images[0].Result.Protocol;
        document["protocol"] = new JsonObject
        {
            ["text"] = request.Text,
            ["max_records"] = protocol.MaxRecords,
            ["records"] = images[0].Result.Records,
            ["begin_ids"] = Json.Array(protocol.BeginIds, id => id),
            ["joined"] = protocol.IsJoined,
            ["window"] = protocol.Window,
            ["stride"] = protocol.Stride,
            ["windows"] = images[0].Result.Windows,
            ["scored_positions"] = EvaluationProtocol.ScoredPositions,
            ["tokens"] = images[0].Result.Tokens,
            ["standard_errors_clustered_by"] = images[0].Result.Comparison?.Clusters,
        };
        document["reference"] = request.Reference;
        document["results"] = Json.Array(images, ToJson);
        return document;
    }

    private static JsonObject ToJson(EvaluatedImage image)
    {
        ReferenceComparison? comparison = image.Result.Comparison;
        return new JsonObject
        {
            ["image"] = image.Path,
            ["bits_per_weight"] = image.BitsPerWeight,
            ["records"] = image.Result.Records,
            ["tokens"] = image.Result.Tokens,
            ["perplexity"] = Json.Number(image.Result.Perplexity),
            ["reference_perplexity"] = comparison is null ? null : Json.Number(comparison.ReferencePerplexity),
            ["perplexity_delta"] = comparison is null ? null : Json.Number(comparison.PerplexityDelta),
            ["perplexity_delta_se"] = comparison?.PerplexityDeltaSe,
            ["kl_mean"] = comparison is null ? null : Json.Number(comparison.KlMean),
            ["kl_se"] = comparison?.KlSe,
            ["top1_agreement"] = comparison?.Top1Agreement,
        };
    }
}
