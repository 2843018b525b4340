using Flightc.Cli.Terminal;

namespace Flightc.Cli.Estimating;

/// <summary>Estimates for people.</summary>
internal static class EstimateReport
{
    private const int ShownOperators = 8;

    private static readonly string[] TimingColumns =
        [">decode tokens/s", ">MB per token", ">HBM GB/s", ">of peak", ">MAC of peak", ">tokens/J", "bound by"];

    /// <summary>Writes an estimate to standard output.</summary>
    public static void Write(ModelEstimate estimate, Output output)
    {
        IReadOnlyList<(string, string)> facts = estimate.Program?.Facts(estimate.Recipe)
            ?? [("target", estimate.Target), ("recipe", estimate.Recipe), ("context", $"{Quantity.Count(estimate.ContextLength)} tokens")];
        Tables.WriteFacts(output, [.. facts]);
        WriteCases(estimate, output);
        WriteContexts(estimate, output);
        WriteAblation(estimate, output);
        WriteTraffic(estimate, output);
        WriteOperators(estimate, output);
        WriteHost(estimate, output);
        WritePlans(estimate, output);
        estimate.Program?.Write(output);
    }

    /// <summary>Writes the points of a sweep to standard output, the headline of the first case of each.</summary>
    public static void Write(IReadOnlyList<SweepPoint> points, Output output)
    {
        bool hasProblems = points.Any(p => p.Estimate is null);
        Tables.Write(
            output, Title(points.FirstOrDefault(p => p.Estimate is not null)?.Estimate),
            [
                .. points[0].Settings.Select(s => s.Key), ">prefill ms", .. TimingColumns, "explanation",
                .. hasProblems ? (string[])["problem"] : [],
            ],
            points.Select(point =>
            {
                IEnumerable<string> cells = point.Settings.Select(s => s.Value);
                ExplainedTiming? headline = point.Estimate?.Cases[0].Headline;
                cells = headline is null
                    ? cells.Concat(Enumerable.Repeat("", TimingColumns.Length + 2))
                    : [.. cells, Milliseconds(headline.PrefillSeconds), .. Cells(headline), headline.Explanation];
                return (IReadOnlyList<string>)[.. cells, .. hasProblems ? (string[])[point.Problem] : []];
            }));
    }

    private static string Title(ModelEstimate? estimate) => estimate is null
        ? "no point can be estimated"
        : $"prompt and generated tokens {estimate.Cases[0].Case}, simulated; the worse of the fitted explanations";

    private static void WriteCases(ModelEstimate estimate, Output output) => Tables.Write(
        output, "prompt and generated tokens, simulated; * marks the headline, the worse of the fitted explanations",
        ["case", "explanation", ">prefill ms", ">MAC of peak", .. TimingColumns],
        estimate.Cases.SelectMany(one => one.Explained.Select(e => (IReadOnlyList<string>)
        [
            one.Case.ToString(), e == one.Headline ? $"{e.Explanation} *" : e.Explanation, Milliseconds(e.PrefillSeconds),
            Percent(e.PrefillMacUtilization), .. Cells(e),
        ])));

    private static void WriteContexts(ModelEstimate estimate, Output output)
    {
        if (estimate.Contexts.Count > 0)
        {
            Tables.Write(
                output, "single decode steps, simulated", [">context", "explanation", ">ms", .. TimingColumns],
                estimate.Contexts.SelectMany(c => c.Explained.Select(e => (IReadOnlyList<string>)
                    [Quantity.Count(c.Context), e.Explanation, Milliseconds(e.DecodeSeconds), .. Cells(e)])));
        }
    }

    private static void WriteAblation(ModelEstimate estimate, Output output)
    {
        if (estimate.Ablation.Count > 0)
        {
            Tables.Write(
                output, "decode steps of the published machine, changed step by step, simulated",
                ["change, on top of all before", ">context", "explanation", ">tokens/s", ">MB per token", ">of peak"],
                estimate.Ablation.Select(a => (IReadOnlyList<string>)
                [
                    a.Change, Quantity.Count(a.Context), a.Explanation, Quantity.Real(a.TokensPerSecond, 1),
                    Quantity.Real(a.HbmBytes / 1e6, 1), Percent(a.HbmUtilization),
                ]));
        }
    }

    private static void WriteTraffic(ModelEstimate estimate, Output output)
    {
        CaseEstimate one = estimate.Cases[0];
        if (double.IsFinite(one.Headline.BytesPerToken))
        {
            Tables.Write(
                output, $"bytes for a generated token of {one.Case}", ["class", ">bytes", ">share"],
                one.Headline.Traffic.Where(t => t.Bytes > 0).Select(t => (IReadOnlyList<string>)
                    [t.Class.Replace('_', ' '), Quantity.Count((long)Math.Round(t.Bytes)), Quantity.Percent(t.Bytes / one.Headline.BytesPerToken)]));
        }
    }

    private static void WriteOperators(ModelEstimate estimate, Output output)
    {
        foreach (IGrouping<string, OperatorEstimate> phase in estimate.Operators.GroupBy(o => o.Phase))
        {
            Tables.Write(
                output, $"operators of a {phase.Key} step of {estimate.Cases[0].Case}, those that take most",
                ["operator", ">ms", ">share", "bound by", ">for"],
                phase.Take(ShownOperators).Select(o => (IReadOnlyList<string>)
                    [o.Name, Milliseconds(o.Seconds), Percent(o.Share), o.BoundBy, Percent(o.BoundShare)]));
        }
    }

    private static void WriteHost(ModelEstimate estimate, Output output)
    {
        if (estimate.Host is { } host)
        {
            List<(string, string)> facts =
            [
                ("host, each token", $"{Micro(host.LaunchSeconds)} launch, {Micro(host.LogitsSeconds)} logits, {Micro(host.SamplingSeconds)} sampling"),
            ];
            facts.AddRange(estimate.Explanations.Select(e => (e.Name, e.Seconds == 0 ? e.Meaning : $"{Micro(e.Seconds)}: {e.Meaning}")));
            Tables.WriteFacts(output, [.. facts]);
        }
    }

    private static void WritePlans(ModelEstimate estimate, Output output)
    {
        bool hasTimes = estimate.Lengths.Length > 0;
        Tables.Write(
            output, hasTimes ? $"length plans; means over {estimate.Lengths}" : "length plans",
            ["plan", ">programs", ">size", .. hasTimes ? (string[])[">decode ms", ">prefill ms"] : []],
            estimate.Plans.Select(p => (IReadOnlyList<string>)
            [
                p.Plan == estimate.LengthPlan ? $"{p.Plan} *" : p.Plan, Quantity.Count(p.Programs), Quantity.Bytes((long)p.Bytes),
                .. hasTimes ? (string[])[Milliseconds(p.DecodeSeconds), Milliseconds(p.PrefillSeconds)] : [],
            ]));
    }

    private static IEnumerable<string> Cells(ExplainedTiming e) =>
    [
        Real(e.TokensPerSecond, 1), Real(e.BytesPerToken / 1e6, 1), Real(e.HbmBytesPerSecond / 1e9, 1), Percent(e.HbmUtilization),
        Percent(e.MacUtilization), Real(e.TokensPerJoule, 2),
        double.IsFinite(e.Bottleneck.Share) ? $"{e.Bottleneck.Name} {Percent(e.Bottleneck.Share)}" : e.Bottleneck.Name,
    ];

    private static string Milliseconds(double seconds) => Real(seconds * 1e3, 3);

    private static string Micro(double seconds) => $"{Real(seconds * 1e6, 1)} us";

    private static string Percent(double fraction) => double.IsFinite(fraction) ? Quantity.Percent(fraction) : "-";

    private static string Real(double value, int decimals) => double.IsFinite(value) ? Quantity.Real(value, decimals) : "-";
}
