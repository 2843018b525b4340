using System.Globalization;
using System.Text;
using Flightc.Backend.Lengths;

namespace Flightc.Cli.Estimating;

/// <summary>Estimates as comma-separated values (RFC 4180, lines ended by a line feed): docs/json.md.</summary>
internal static class EstimateCsv
{
    private static readonly string[] Columns =
    [
        "target", "recipe", "context_length", "prompt", "generate", "explanation", "is_headline", "prefill_ms",
        "decode_tokens_per_s", "bytes_per_token", "hbm_gb_per_s", "hbm_utilization", "mac_utilization", "prefill_mac_utilization",
        "tokens_per_joule", "bottleneck", "program_bytes", "program_bytes_bucketed", "program_bytes_naive", "problem",
    ];

    /// <summary>A line for every point, case and explanation, after one with names.</summary>
    /// <param name="points">Points; without settings where nothing was varied.</param>
    public static string Of(IReadOnlyList<SweepPoint> points)
    {
        StringBuilder text = new();
        Append(text, [.. points[0].Settings.Select(s => $"sweep.{s.Key}"), .. Columns]);
        foreach (SweepPoint point in points)
        {
            IEnumerable<string> settings = point.Settings.Select(s => s.Value);
            if (point.Estimate is not { } estimate)
            {
                Append(text, [.. settings, .. Enumerable.Repeat("", Columns.Length - 1), point.Problem]);
                continue;
            }

            foreach (CaseEstimate one in estimate.Cases)
            {
                foreach (ExplainedTiming timing in one.Explained)
                {
                    Append(text, [.. settings, .. Cells(estimate, one, timing), point.Problem]);
                }
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Cells(ModelEstimate estimate, CaseEstimate one, ExplainedTiming timing) =>
    [
        estimate.Target, estimate.Recipe, Number(estimate.ContextLength), Number(one.Case.Prompt), Number(one.Case.Generate),
        timing.Explanation, timing == one.Headline ? "true" : "false", Number(timing.PrefillSeconds * 1e3),
        Number(timing.TokensPerSecond), Number(timing.BytesPerToken), Number(timing.HbmBytesPerSecond / 1e9),
        Number(timing.HbmUtilization), Number(timing.MacUtilization), Number(timing.PrefillMacUtilization),
        Number(timing.TokensPerJoule), timing.Bottleneck.Name, Number(estimate.PlanBytes(LengthPlan.Registers)),
        Number(estimate.PlanBytes(LengthPlan.Bucketed)), Number(estimate.PlanBytes(LengthPlan.Naive)),
    ];

    // The shortest form that reads back as the same number; empty for none.
    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";

    private static void Append(StringBuilder text, IReadOnlyList<string> cells) =>
        text.AppendJoin(',', cells.Select(Quoted)).Append('\n');

    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\n\r") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
