using System.Text.Json.Nodes;
using Flightc.Backend.Lengths;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Estimating;

/// <summary>Estimates as JSON: docs/json.md.</summary>
internal static class EstimateJson
{
    /// <summary>An estimate.</summary>
    /// <param name="estimate">The estimate.</param>
    /// <param name="warnings">What is worth knowing.</param>
    public static JsonObject Of(ModelEstimate estimate, IReadOnlyList<Diagnostic> warnings)
    {
        JsonObject document = Head(estimate);
        AddHeadline(document, estimate);
        document["cases"] = Json.Array(estimate.Cases, Case);
        document["contexts"] = Json.Array(estimate.Contexts, c => new JsonObject
        {
            ["context"] = c.Context,
            ["explanations"] = Json.Array(c.Explained, e => Timing(e, withPrefill: false)),
        });
        document["ablation"] = Json.Array(estimate.Ablation, a => new JsonObject
        {
            ["change"] = a.Change,
            ["context"] = a.Context,
            ["explanation"] = a.Explanation,
            ["tokens_per_s"] = a.TokensPerSecond,
            ["hbm_bytes"] = a.HbmBytes,
            ["hbm_utilization"] = a.HbmUtilization,
        });
        document["explanations"] = Json.Array(
            estimate.Explanations, e => new JsonObject { ["explanation"] = e.Name, ["meaning"] = e.Meaning, ["seconds"] = e.Seconds });
        document["host"] = estimate.Host is not { } host ? null : new JsonObject
        {
            ["launch_seconds"] = host.LaunchSeconds,
            ["logits_seconds"] = host.LogitsSeconds,
            ["sampling_seconds"] = host.SamplingSeconds,
        };
        document["operators"] = Json.Array(estimate.Operators, o => new JsonObject
        {
            ["phase"] = o.Phase,
            ["operator"] = o.Name,
            ["seconds"] = o.Seconds,
            ["share"] = o.Share,
            ["bound_by"] = o.BoundBy,
            ["bound_share"] = o.BoundShare,
        });
        document["length_plan"] = estimate.LengthPlan;
        document["lengths"] = estimate.Lengths.Length == 0 ? null : estimate.Lengths;
        document["length_plans"] = Json.Array(estimate.Plans, p => new JsonObject
        {
            ["plan"] = p.Plan,
            ["programs"] = p.Programs,
            ["bytes"] = p.Bytes,
            ["decode_ms"] = Json.Number(p.DecodeSeconds * 1e3),
            ["prefill_ms"] = Json.Number(p.PrefillSeconds * 1e3),
        });
        estimate.Program?.AddTo(document);
        document["diagnostics"] = Json.Of(warnings);
        return document;
    }

    /// <summary>A point of a sweep.</summary>
    public static JsonObject Of(SweepPoint point)
    {
        JsonObject document = new()
        {
            ["sweep"] = new JsonObject(point.Settings.Select(s => KeyValuePair.Create<string, JsonNode?>(s.Key, s.Value))),
            ["problem"] = point.Problem.Length == 0 ? null : point.Problem,
        };
        if (point.Estimate is { } estimate)
        {
            foreach ((string key, JsonNode? value) in Head(estimate))
            {
                document[key] = value?.DeepClone();
            }

            AddHeadline(document, estimate);
            document["cases"] = Json.Array(estimate.Cases, Case);
        }

        return document;
    }

    private static JsonObject Head(ModelEstimate estimate) => new()
    {
        ["architecture"] = estimate.Architecture,
        ["target"] = estimate.Target,
        ["recipe"] = estimate.Recipe,
        ["context_length"] = estimate.ContextLength,
        ["fits"] = estimate.Misfits.Count == 0,
    };

    private static void AddHeadline(JsonObject document, ModelEstimate estimate)
    {
        foreach ((string key, JsonNode? value) in Case(estimate.Cases[0]))
        {
            if (key != "explanations")
            {
                document[key] = value?.DeepClone();
            }
        }

        document["program_bytes"] = estimate.PlanBytes(LengthPlan.Registers);
        document["program_bytes_bucketed"] = estimate.PlanBytes(LengthPlan.Bucketed);
        document["program_bytes_naive"] = estimate.PlanBytes(LengthPlan.Naive);
    }

    private static JsonObject Case(CaseEstimate one)
    {
        JsonObject document = Timing(one.Headline, withPrefill: true);
        document.Insert(0, "prompt", one.Case.Prompt);
        document.Insert(1, "generate", one.Case.Generate);
        document["explanations"] = Json.Array(one.Explained, e => Timing(e, withPrefill: true));
        return document;
    }

    private static JsonObject Timing(ExplainedTiming timing, bool withPrefill)
    {
        JsonObject document = new() { ["explanation"] = timing.Explanation };
        if (withPrefill)
        {
            document["prefill_ms"] = Json.Number(timing.PrefillSeconds * 1e3);
            document["prefill_mac_utilization"] = Json.Number(timing.PrefillMacUtilization);
        }

        document["decode_ms"] = Json.Number(timing.DecodeSeconds * 1e3);
        document["decode_tokens_per_s"] = Json.Number(timing.TokensPerSecond);
        document["bytes_per_token"] = Json.Number(timing.BytesPerToken);
        document["bytes_by_class"] = new JsonObject(
            timing.Traffic.Select(t => KeyValuePair.Create(t.Class, Json.Number(t.Bytes))));
        document["hbm_gb_per_s"] = Json.Number(timing.HbmBytesPerSecond / 1e9);
        document["hbm_utilization"] = Json.Number(timing.HbmUtilization);
        document["mac_utilization"] = Json.Number(timing.MacUtilization);
        document["tokens_per_joule"] = Json.Number(timing.TokensPerJoule);
        document["bottleneck"] = timing.Bottleneck.Name;
        document["bottleneck_share"] = Json.Number(timing.Bottleneck.Share);
        return document;
    }
}
