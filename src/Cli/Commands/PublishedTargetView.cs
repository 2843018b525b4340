using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.FlightLlm;

namespace Flightc.Cli.Commands;

/// <summary>How <c>flightc targets</c> shows published machines, which exist for validation only.</summary>
internal static class PublishedTargetView
{
    /// <summary>One of them as a row of the list.</summary>
    public static IReadOnlyList<string> Row(PublishedTarget target) =>
    [
        target.Name, Quantity.Count(target.Cores), Quantity.Count(target.Hbm.Channels), Quantity.Real(target.ClockHertz / 1e6, 0),
        Quantity.Real(target.Hbm.PeakBytesPerSecond / 1e9, 1), Quantity.Count((long)target.Cores * target.Array.MatrixMacs),
        target.Description,
    ];

    /// <summary>One in detail.</summary>
    public static void Show(PublishedTarget target, Output output)
    {
        if (output.IsJson)
        {
            output.WriteJson(ToJson(target));
            return;
        }

        List<(string, string)> facts =
        [
            ("target", $"{target.Name}: {target.Description}"),
            ("use", "validation: it can be estimated, nothing is compiled for it"),
            ("card", target.Card),
            ("instruction set", target.Isa),
            ("clock", $"{Quantity.Real(target.ClockHertz / 1e6, 0)} MHz"),
            ("cores", $"{target.Cores}, of which {target.ModelledCores} timed"),
            ("HBM", $"{target.Hbm.Channels} channels, {Quantity.Real(target.Hbm.PeakBytesPerSecond / 1e9, 1)} GB/s"),
            ("matrix engine", $"{target.Array.MatrixMacs} MAC per cycle and core, {target.Array.VectorMacs} of them on a single vector"),
            ("times divided by", $"{Quantity.Real(target.TimeDivisor, 1)}"),
            ("DSP of the card", $"{Quantity.Count(target.Cores * target.Resources.DspPerCore)} of {Quantity.Count(target.Resources.Dsp)}"),
        ];
        facts.AddRange(target.Fits.Select(fit => ($"fitted, {Words(fit.Explanation)}",
            $"{Quantity.Real((fit.BarrierSeconds + fit.LoadLatencySeconds) * 1e6, 3)} us; keys and values at {Quantity.Real(fit.CacheEfficiency * 100, 1)} % of the channels' rate")));
        Tables.WriteFacts(output, [.. facts]);
    }

    /// <summary>One as JSON.</summary>
    public static JsonObject ToJson(PublishedTarget target) => new()
    {
        ["name"] = target.Name,
        ["description"] = target.Description,
        ["card"] = target.Card,
        ["isa"] = target.Isa,
        ["clock_hz"] = target.ClockHertz,
        ["cores"] = target.Cores,
        ["channels"] = target.Hbm.Channels,
        ["hbm_bytes_per_second"] = target.Hbm.PeakBytesPerSecond,
        ["macs_per_cycle"] = (long)target.Cores * target.Array.MatrixMacs,
        ["vector_macs_per_cycle"] = (long)target.Cores * target.Array.VectorMacs,
        ["time_divisor"] = target.TimeDivisor,
        ["fitted"] = Json.Array(target.Fits, fit => new JsonObject
        {
            ["explanation"] = Words(fit.Explanation),
            ["barrier_seconds"] = fit.BarrierSeconds,
            ["load_latency_seconds"] = fit.LoadLatencySeconds,
            ["cache_efficiency"] = fit.CacheEfficiency,
        }),
    };

    private static string Words(Explanation explanation) => explanation switch
    {
        Explanation.BarrierCost => "cost of a barrier",
        Explanation.LoadLatency => "latency of a load",
    };
}
