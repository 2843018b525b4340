using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>A report for people: one file without scripts and without anything to fetch.</summary>
internal static class HtmlReport
{
    private const string StyleSheet =
        """
        :root{color-scheme:light dark;--ink:#1d232b;--soft:#5d6875;--page:#fff;--line:#d9dee4;--lane:#f1f3f5;--busy:#2f6fb3;--token:#d9a441;--space:#9bb8d3;--data:#c8553d;--partner:#8d6bb0;--memory:#5a9e6f;--fetch:#b0738e}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#98a3af;--page:#14181d;--line:#333b45;--lane:#1f252c;--busy:#63a3e6;--token:#b98a35;--space:#3f5f80;--data:#d9715b;--partner:#9f82c0;--memory:#5f9f74;--fetch:#b57e98}}
        body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:1080px;margin:0 auto;padding:24px 20px 60px}
        h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px;border-bottom:1px solid var(--line)}
        p,figcaption{color:var(--soft);margin:4px 0 12px}figure{margin:0;overflow-x:auto}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:12px 0}dt{color:var(--soft)}dd{margin:0}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;display:block;overflow-x:auto;margin:8px 0}
        th,td{padding:3px 14px 3px 0;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}
        .n{text-align:right}svg{width:100%;min-width:640px;font:11px system-ui,sans-serif;fill:var(--ink)}
        .lane{fill:var(--lane)}.axis path{stroke:var(--line);fill:none}.axis text{fill:var(--soft)}
        .busy,.u-mm,.u-mv{fill:var(--busy);background:var(--busy)}.s-token,.u-misc{fill:var(--token);background:var(--token)}.s-space,.u-ld{fill:var(--space);background:var(--space)}
        .s-data{fill:var(--data);background:var(--data)}.s-partner,.u-xch{fill:var(--partner);background:var(--partner)}.s-memory,.u-st{fill:var(--memory);background:var(--memory)}
        .s-fetch,.u-sys{fill:var(--fetch);background:var(--fetch)}.s-none{fill:var(--line);background:var(--line)}
        path[class^=s-]{opacity:.45}.key span{display:inline-block;width:11px;height:11px;margin:0 5px 0 14px}
        .roof{fill:none;stroke:var(--ink);stroke-width:2}.point{fill:var(--busy)}.step{fill:var(--data)}
        .bar{display:flex;height:18px;background:var(--lane);margin:4px 0 10px}.bar i{display:block;height:100%}
        footer{margin-top:40px;color:var(--soft);border-top:1px solid var(--line)}
        """;

    /// <summary>The page.</summary>
    public static string Print(StepReport report)
    {
        HtmlWriter html = new();
        Subject subject = report.Subject;
        html.Add($"<!DOCTYPE html>");
        html.Add($"<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
        html.Add($"<title>{subject.Name} on {report.Target.Name}</title>");
        html.Add($"<style>");
        html.Add($"{StyleSheet}");
        html.Add($"</style></head><body><main><h1>{subject.Name} on {report.Target.Name}</h1>");
        html.Add($"<p>{report.Target.Description}. All times are simulated by the cycle model; nothing was measured on a card.</p>");
        WriteFacts(html, report);
        WriteTimeline(html, report);
        html.Add($"<h2>Roofline</h2><figure>");
        RooflineSvg.Write(html, report);
        html.Add($"<figcaption>Multiply-accumulates that are done for each byte of HBM, and how many in a second: of the step over all of its time, of an operator while its matrix instructions last. An operator may lie above the slope: its weights were loaded ahead.</figcaption></figure>");
        Table(html, ["point", ">operators", ">MAC per byte", ">GMAC/s"], RooflineSvg.Drawn(report).Select((o, i) => (IReadOnlyList<string>)
            [$"{i + 1}  {o.Name}", Quantity.Count(o.Count), Quantity.Real(o.Macs / o.HbmBytes, 2), Quantity.Real(RooflineSvg.Rate(o, report) / 1e9, 1)]));
        WriteBytes(html, report.Timing.Traffic);
        WriteOperators(html, report);
        MemorySection.Write(html, report);
        WriteCases(html, report);
        html.Add($"<footer><p>flightc {ToolVersion.Current}, step {StepOption.Text(report.Timing.Case)}</p></footer></main></body></html>");
        return html.ToString();
    }

    /// <summary>Writes a table; headings that begin with <c>&gt;</c> stand above numbers.</summary>
    public static void Table(HtmlWriter html, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        html.Add($"<table><thead><tr>");
        foreach (string column in columns)
        {
            html.Add($"<th class=\"{ClassOf(column)}\">{column.TrimStart('>')}</th>");
        }

        html.Add($"</tr></thead><tbody>");
        foreach (IReadOnlyList<string> row in rows)
        {
            html.Add($"<tr>");
            for (int i = 0; i < row.Count; i++)
            {
                html.Add($"<td class=\"{ClassOf(columns[i])}\">{row[i]}</td>");
            }

            html.Add($"</tr>");
        }

        html.Add($"</tbody></table>");
    }

    private static string ClassOf(string column) => column.StartsWith('>') ? "n" : "w";

    private static void WriteFacts(HtmlWriter html, StepReport report)
    {
        StepTiming timing = report.Timing;
        html.Add($"<dl>");
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)
        [
            ("architecture", report.Subject.Architecture),
            ("recipe", report.Subject.Recipe),
            ("context", $"{Quantity.Count(report.Subject.Program.Memory.ContextLength)} tokens"),
            ("step", $"{StepOption.Text(timing.Case)}: {Quantity.Count((long)timing.Cycles)} cycles, {Quantity.Real(timing.Seconds * 1e3)} ms"),
            ("HBM", $"{Quantity.Real(timing.HbmBytesPerSecond / 1e9, 1)} GB/s, {Quantity.Percent(timing.HbmUtilization)} of peak"),
            ("multipliers", $"{Quantity.Percent(timing.MacUtilization)} of peak"),
            ("most in use", $"{timing.Bottleneck.Name}, {Quantity.Percent(timing.Bottleneck.Share)} of the time"),
            ("energy", $"{Quantity.Real(timing.Energy.Total, 4)} J, of which {Quantity.Real(timing.Energy.Static, 4)} J are static; an estimate"),
        ])
        {
            html.Add($"<dt>{name}</dt><dd>{value}</dd>");
        }

        html.Add($"</dl>");
    }

    private static void WriteTimeline(HtmlWriter html, StepReport report)
    {
        html.Add($"<h2>Timeline</h2><p class=\"key\">");
        foreach ((string name, string words) in TimelineSvg.Legend)
        {
            html.Add($"<span class=\"{name}\"></span>{words}");
        }

        html.Add($"</p><figure>");
        TimelineSvg.WriteStep(html, report);
        html.Add($"<figcaption>Every unit (core.unit) over the step, in {Timeline.Parts} parts: the height is the share of work, the background what it waited for longest. A trace has every instruction.</figcaption></figure>");
        if (report.Timeline.Layer.Count > 0)
        {
            html.Add($"<figure>");
            TimelineSvg.WriteLayer(html, report);
            html.Add($"<figcaption>Layer {report.Timeline.LayerNumber} on core 0, instruction by instruction; loads of weights run ahead of it and are left out.</figcaption></figure>");
        }

        StallCause[] causes =
            [.. StallNames.All.Where(c => report.Timeline.Lanes.Any(l => report.Timing.Units[l.Core][(int)l.Unit].Stalled(c) >= 1))];
        Table(
            html, ["unit", ">instructions", ">busy", .. causes.Select(c => ">" + StallNames.Words(c))],
            report.Timeline.Lanes.Select(lane =>
            {
                UnitTime time = report.Timing.Units[lane.Core][(int)lane.Unit];
                return (IReadOnlyList<string>)
                [
                    $"{lane.Core}.{InstructionSet.NameOf(lane.Unit)}", Quantity.Count(time.Instructions), Quantity.Percent(time.Busy / report.Timing.Cycles),
                    .. causes.Select(c => Quantity.Percent(time.Stalled(c) / report.Timing.Cycles)),
                ];
            }));
    }

    private static void WriteBytes(HtmlWriter html, StepTraffic traffic)
    {
        html.Add($"<h2>Bytes by class</h2>");
        (string Name, string Memory, long Bytes)[] classes =
        [
            ("weights", "HBM", traffic.Weights), ("scales", "HBM", traffic.Scales), ("indices", "HBM", traffic.Indices), ("KV read", "HBM", traffic.CacheRead),
            ("KV written", "HBM", traffic.CacheWritten), ("tables", "DDR", traffic.Tables), ("instructions", "DDR", traffic.Instructions), ("ids and logits", "DDR", traffic.IdsAndLogits),
        ];
        double all = Math.Max(1, traffic.Hbm + traffic.Ddr);
        html.Add($"<div class=\"bar\">");
        foreach ((string name, string memory, long bytes) in classes.Where(c => c.Bytes > 0))
        {
            string color = memory == "DDR" ? "s-token" : name.StartsWith("KV", StringComparison.Ordinal) ? "s-data" : name == "weights" ? "busy" : "s-space";
            html.Add($"<i class=\"{color}\" title=\"{name}\" style=\"width:{100 * bytes / all}%\"></i>");
        }

        html.Add($"</div>");
        Table(html, ["class", "memory", ">bytes", ">share"], classes.Select(c => (IReadOnlyList<string>)
            [c.Name, c.Memory, Quantity.Count(c.Bytes), Quantity.Percent(c.Bytes / all)]));
    }

    private static void WriteOperators(HtmlWriter html, StepReport report)
    {
        double clock = report.Target.ClockHertz;
        html.Add($"<h2>Operators</h2><p>Microseconds that each needs of a resource on the core that needs most of it, all layers and pieces (*) together: bytes at the full rate of the memory, work of the units. Sorted by what the step needs most, {report.Timing.Bottleneck.Name}. What is bound by hbm waits for memory even if nothing else is in its way.</p>");
        Table(
            html, ["operator", ">count", "bound by", .. ResourceUse.Names.Select(n => ">" + n), ">HBM bytes"],
            report.Ranked.Select(o => (IReadOnlyList<string>)
            [
                o.Name, Quantity.Count(o.Count), o.Resources.Bound, .. ResourceUse.Names.Select(n => Quantity.Real(o.Resources[n] * 1e6 / clock, 1)),
                Quantity.Count((long)o.HbmBytes),
            ]));
    }

    private static void WriteCases(HtmlWriter html, StepReport report)
    {
        HostTurnaround host = report.Cases[0].Timing.Host;
        html.Add($"<h2>Cases</h2><p>Prompt and generated tokens, the host's {Quantity.Real(host.Total * 1e6, 1)} µs per token included. Two explanations of a published measurement, barrier and load, add times that were fitted to it; none adds nothing.</p>");
        Table(
            html, ["explanation", ">prompt", ">generated", ">prefill ms", ">tokens/s", ">HBM", ">multipliers", ">bytes per token", ">tokens/J"],
            report.Cases.Select(c => (IReadOnlyList<string>)
            [
                c.Explanation.ToString().ToLowerInvariant(), Quantity.Count(c.Timing.Prompt), Quantity.Count(c.Timing.Generate),
                Quantity.Real(c.Timing.PrefillSeconds * 1e3), Quantity.Real(c.Timing.DecodeTokensPerSecond, 1), Quantity.Percent(c.Timing.HbmUtilization),
                Quantity.Percent(c.Timing.MacUtilization), Quantity.Count((long)c.Timing.BytesPerToken), Quantity.Real(c.Timing.TokensPerJoule, 2),
            ]));
    }
}
