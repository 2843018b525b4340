using System.Text.Json.Nodes;
using Flightc.Cli.Layers;
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
        WriteTable(images, output);
        if (request.PerRecord)
        {
            WriteRecords(images, output);
        }

        foreach (LayerErrors layers in images.Select(i => i.Layers).OfType<LayerErrors>())
        {
            LayerReport.Write(layers, output);
        }
    }

    private static void WriteTable(IReadOnlyList<EvaluatedImage> images, Output output)
    {
        bool compares = images[0].Result.Comparison is not null;
        bool pairs = compares && images.Count > 1;
        string[] quality = compares ? [">against reference", ">mean KL, nats", .. pairs ? [">beyond the first"] : (string[])[], ">same top-1"] : [];
        Tables.Write(
            output, "", ["image", "recipe", ">bits/weight", ">HBM weights", ">perplexity", .. quality],
            images.Select(i => (IReadOnlyList<string>)
            [
                i.Path, i.Recipe, Quantity.Real(i.BitsPerWeight), Quantity.Bytes(i.HbmBytes), Quantity.Real(i.Result.Perplexity, 4),
                .. Compared(i, pairs),
            ]));
    }

    private static IEnumerable<string> Compared(EvaluatedImage image, bool pairs)
    {
        if (image.Result.Comparison is not { } c)
        {
            yield break;
        }

        yield return $"{Sign(c.PerplexityDelta)}{Quantity.Percent(c.PerplexityDelta, 2)}{Error(c.PerplexityDeltaSe, e => Quantity.Percent(e, 2))}";
        yield return $"{Quantity.Real(c.KlMean, 5)}{Error(c.KlSe, e => Quantity.Real(e, 5))}";
        if (pairs)
        {
            yield return image.KlDifference is { } d
                ? $"{Sign(d.Mean)}{Quantity.Real(d.Mean, 5)}{Error(d.StandardError, e => Quantity.Real(e, 5))}"
                : "";
        }

        yield return Quantity.Percent(c.Top1Agreement);
    }

    // The same records have scores of every image.
    private static void WriteRecords(IReadOnlyList<EvaluatedImage> images, Output output)
    {
        bool compares = images[0].Result.Comparison is not null;
        Tables.Write(
            output, compares ? "mean KL of each record, in the order of the images" : "mean -ln q of each record, in the order of the images",
            [">record", ">tokens", .. images.Select((_, i) => $">{i + 1}")],
            images[0].Records.Select((record, r) => (IReadOnlyList<string>)
            [
                Quantity.Count(record.Record), Quantity.Count(record.Sums.Tokens),
                .. images.Select(i => i.Records[r].Sums).Select(s => Quantity.Real((compares ? s.Divergence : s.LogLoss) / s.Tokens, 5)),
            ]));
    }

    private static string Sign(double value) => value < 0 ? "" : "+";

    private static string Error(double? error, Func<double, string> format) =>
        error is { } e ? $" ± {format(e)}" : "";

    private static JsonObject ToJson(IReadOnlyList<EvaluatedImage> images, EvalRequest request)
    {
        // One image can be read without looking into the list.
        JsonObject document = images.Count == 1 ? ToJson(images[0], request.PerRecord) : [];
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
        document["results"] = Json.Array(images, i => ToJson(i, request.PerRecord));
        return document;
    }

    private static JsonObject ToJson(EvaluatedImage image, bool perRecord)
    {
        ReferenceComparison? comparison = image.Result.Comparison;
        return new JsonObject
        {
            ["image"] = image.Path,
            ["recipe"] = image.Recipe,
            ["hbm_bytes"] = image.HbmBytes,
            ["bits_per_weight"] = image.BitsPerWeight,
            ["records"] = image.Result.Records,
            ["tokens"] = image.Result.Tokens,
            ["perplexity"] = Json.Number(image.Result.Perplexity),
            ["reference_perplexity"] = comparison is null ? null : Json.Number(comparison.ReferencePerplexity),
            ["perplexity_delta"] = comparison is null ? null : Json.Number(comparison.PerplexityDelta),
            ["perplexity_delta_se"] = comparison?.PerplexityDeltaSe,
            ["kl_mean"] = comparison is null ? null : Json.Number(comparison.KlMean),
            ["kl_se"] = comparison?.KlSe,
            ["kl_beyond_first"] = image.KlDifference?.Mean,
            ["kl_beyond_first_se"] = image.KlDifference?.StandardError,
            ["top1_agreement"] = comparison?.Top1Agreement,
            ["per_record"] = perRecord ? ToJson(image.Records, comparison is not null) : null,
            ["layers"] = image.Layers is null ? null : LayerReport.ToJson(image.Layers),
        };
    }

    // By key, the values of all records: much shorter than a document for each.
    private static JsonObject ToJson(IReadOnlyList<RecordScore> records, bool compares)
    {
        JsonArray? Compared(Func<ScoreSums, JsonNode?> value) => compares ? Json.Array(records, r => value(r.Sums)) : null;
        return new JsonObject
        {
            ["record"] = Json.Array(records, r => r.Record),
            ["tokens"] = Json.Array(records, r => r.Sums.Tokens),
            ["log_loss_sum"] = Json.Array(records, r => r.Sums.LogLoss),
            ["reference_log_loss_sum"] = Compared(s => s.ReferenceLogLoss),
            ["kl_sum"] = Compared(s => s.Divergence),
            ["top1_hits"] = Compared(s => s.Agreements),
        };
    }
}
