using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>A report for machines: docs/reports.md §3.</summary>
internal static class ReportJson
{
    /// <summary>What the document calls itself.</summary>
    public const string Schema = "flightc-report";

    /// <summary>Raised by every change that an older reader would misread.</summary>
    public const int Version = 1;

    private static readonly JsonSerializerOptions Style = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of the document.</summary>
    public static string Print(StepReport report) => Document(report).ToJsonString(Style) + "\n";

    /// <summary>Bytes by class.</summary>
    public static JsonObject Traffic(StepTraffic traffic) => new()
    {
        ["weights"] = traffic.Weights,
        ["scales"] = traffic.Scales,
        ["indices"] = traffic.Indices,
        ["kv_read"] = traffic.CacheRead,
        ["kv_written"] = traffic.CacheWritten,
        ["tables"] = traffic.Tables,
        ["instructions"] = traffic.Instructions,
        ["ids_and_logits"] = traffic.IdsAndLogits,
    };

    /// <summary>Cycles by resource.</summary>
    public static JsonObject Resources(ResourceUse use) =>
        new(ResourceUse.Names.Select(name => KeyValuePair.Create<string, JsonNode?>(name, use[name])));

    /// <summary>Cycles by cause, those alone that are not 0.</summary>
    public static JsonObject Stalls(IReadOnlyList<double> stalls) =>
        new(StallNames.All.Where(c => stalls[(int)c] > 0).Select(c => KeyValuePair.Create<string, JsonNode?>(StallNames.Key(c), stalls[(int)c])));

    private static JsonObject Document(StepReport report)
    {
        Subject subject = report.Subject;
        return new JsonObject
        {
            ["schema"] = Schema,
            ["version"] = Version,
            ["model"] = subject.Name,
            ["architecture"] = subject.Architecture,
            ["target"] = report.Target.Name,
            ["recipe"] = subject.Recipe,
            ["is_image"] = subject.IsImage,
            ["context_length"] = subject.Program.Memory.ContextLength,
            ["clock_hz"] = report.Target.ClockHertz,
            ["step"] = Step(report.Timing),
            ["bytes"] = Traffic(report.Timing.Traffic),
            ["units"] = Json.Array(report.Timeline.Lanes, lane => Unit(report.Timing, lane)),
            ["roofline"] = Roofline(report),
            ["operators"] = Json.Array(report.Operators, Operator),
            ["memory"] = Memory(report),
            ["cases"] = Json.Array(report.Cases, Case),
        };
    }

    private static JsonObject Step(StepTiming timing) => new()
    {
        ["name"] = StepOption.Text(timing.Case),
        ["cycles"] = timing.Cycles,
        ["seconds"] = timing.Seconds,
        ["macs"] = timing.Macs.Total,
        ["mac_utilization"] = timing.MacUtilization,
        ["hbm_utilization"] = timing.HbmUtilization,
        ["hbm_bytes_per_second"] = timing.HbmBytesPerSecond,
        ["joules"] = timing.Energy.Total,
        ["bottleneck"] = timing.Bottleneck.Name,
        ["bottleneck_share"] = timing.Bottleneck.Share,
    };

    private static JsonObject Unit(StepTiming timing, TimelineLane lane)
    {
        UnitTime time = timing.Units[lane.Core][(int)lane.Unit];
        return new JsonObject
        {
            ["core"] = lane.Core,
            ["unit"] = InstructionSet.NameOf(lane.Unit),
            ["instructions"] = time.Instructions,
            ["busy_cycles"] = time.Busy,
            ["stall_cycles"] = Stalls(time.Stalls),
            ["busy_over_time"] = new JsonArray([.. lane.Busy.Select(b => (JsonNode)Math.Round(b, 3))]),
        };
    }

    private static JsonObject Roofline(StepReport report) => new()
    {
        ["peak_macs_per_second"] = report.Target.PeakMacsPerCycle * report.Target.ClockHertz,
        ["peak_hbm_bytes_per_second"] = report.Target.PeakHbmBytesPerSecond,
        ["macs_per_byte"] = (double)report.Timing.Macs.Total / Math.Max(1, report.Timing.Traffic.Hbm),
        ["macs_per_second"] = report.Timing.Macs.Total / report.Timing.Seconds,
    };

    private static JsonObject Operator(OperatorUse use) => new()
    {
        ["name"] = use.Name,
        ["bound_by"] = use.Resources.Bound,
        ["cycles"] = Resources(use.Resources),
        ["hbm_bytes"] = use.HbmBytes,
        ["macs"] = use.Macs,
    };

    private static JsonObject Memory(StepReport report)
    {
        MemoryMap map = report.Subject.Program.Memory;
        Geometry geometry = report.Subject.Program.Geometry;
        return new JsonObject
        {
            ["channel_bytes"] = geometry.ChannelBytes,
            ["weight_bytes_per_channel"] = map.WeightBytes,
            ["cache_address"] = map.CacheAddress,
            ["cache_bytes_per_channel"] = map.CacheBytes,
            ["ddr_bytes"] = geometry.DdrBytes,
            ["table_bytes"] = map.TableBytes,
            ["ids_and_logits_bytes"] = report.DdrExchangeBytes,
            ["scratch_bytes"] = geometry.ScratchBytes,
            ["scratch"] = Json.Array(
                report.Subject.Scratch,
                a => new JsonObject { ["name"] = a.Name, ["address"] = a.Address, ["bytes"] = a.Bytes }),
        };
    }

    private static JsonObject Case(ReportedCase item) => new()
    {
        ["explanation"] = item.Explanation.ToString().ToLowerInvariant(),
        ["prompt"] = item.Timing.Prompt,
        ["generate"] = item.Timing.Generate,
        ["prefill_seconds"] = item.Timing.PrefillSeconds,
        ["decode_seconds"] = item.Timing.DecodeSeconds,
        ["decode_tokens_per_second"] = item.Timing.DecodeTokensPerSecond,
        ["bytes_per_token"] = item.Timing.BytesPerToken,
        ["hbm_utilization"] = item.Timing.HbmUtilization,
        ["mac_utilization"] = item.Timing.MacUtilization,
        ["prefill_mac_utilization"] = item.Timing.PrefillMacUtilization,
        ["tokens_per_joule"] = item.Timing.TokensPerJoule,
        ["host_seconds_per_token"] = item.Timing.Host.Total,
    };
}
