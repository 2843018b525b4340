using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Targets;

namespace Flightc.Cli.Exploring;

/// <summary>An exploration as JSON: docs/json.md.</summary>
internal static class ExploreJson
{
    /// <summary>The document.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="file">The target file that was written; null for none.</param>
    /// <param name="warnings">What is worth knowing.</param>
    public static JsonObject Of(Exploration found, string? file, IEnumerable<Diagnostic> warnings) => new()
    {
        ["card"] = found.Card.Name,
        ["architecture"] = found.Architecture,
        ["recipe"] = found.Recipe,
        ["context_length"] = found.ContextLength,
        ["prompt"] = found.Workload.Prompt,
        ["generate"] = found.Workload.Generate,
        ["minimize"] = NameOf(found.Objective),
        ["considered"] = found.Considered,
        ["excluded"] = Json.Array(found.Excluded, e => new JsonObject { ["reason"] = e.Reason, ["count"] = e.Count }),
        ["confirmed"] = found.Confirmed.Count,
        ["cut_by_time_limit"] = found.IsCut,
        ["best"] = Of(found.Best, found.Card),
        ["pareto"] = Json.Array(found.Pareto, c => Of(c, found.Card)),
        ["shipped"] = Json.Array(found.Shipped, s => new JsonObject
        {
            ["target"] = s.Name,
            ["seconds_per_token"] = s.Machine.Merit.SecondsPerToken,
            ["joules_per_token"] = s.Machine.Merit.JoulesPerToken,
            ["card_share"] = s.Machine.Merit.Share,
        }),
        ["target_file"] = file,
        ["diagnostics"] = Json.Of(warnings),
    };

    /// <summary>The word of the command line for an objective.</summary>
    public static string NameOf(Objective objective) => objective switch
    {
        Objective.Time => "time",
        Objective.Energy => "energy",
    };

    private static JsonObject Of(Confirmed confirmed, Card card)
    {
        Machine m = confirmed.Machine;
        CardUse use = CardUse.Of(m.On(card, "explored"), card);
        return new JsonObject
        {
            ["seconds_per_token"] = confirmed.Merit.SecondsPerToken,
            ["joules_per_token"] = confirmed.Merit.JoulesPerToken,
            ["card_share"] = confirmed.Merit.Share,
            ["explanation"] = ExploreCsv.NameOf(confirmed.Explanation),
            ["decode_tokens_per_s"] = Json.Number(confirmed.Timing!.DecodeTokensPerSecond),
            ["prefill_ms"] = confirmed.Timing.PrefillSeconds * 1e3,
            ["hbm_utilization"] = Json.Number(confirmed.Timing.HbmUtilization),
            ["mac_utilization"] = Json.Number(confirmed.Timing.MacUtilization),
            ["core_channels"] = Json.Array(m.CoreChannels, c => c),
            ["matrix_engine"] = new JsonObject { ["tokens"] = m.Tokens, ["columns"] = m.Columns, ["rows"] = m.Rows },
            ["special_lanes"] = m.Lanes,
            ["exchange_bytes_per_cycle"] = m.ExchangeBytes,
            ["weight_ring_kib"] = m.WeightRingKib,
            ["cache_ring_kib"] = m.CacheRingKib,
            ["page_bytes"] = m.PageBytes,
            ["width_bytes"] = m.WidthBytes,
            ["scratch_kib"] = m.ScratchKib,
            ["resources_needed"] = new JsonObject { ["dsp"] = use.Needed.Dsp, ["bram"] = use.Needed.Bram, ["uram"] = use.Needed.Uram, ["luts"] = use.Luts },
        };
    }
}
