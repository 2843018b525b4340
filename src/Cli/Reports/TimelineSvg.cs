using System.Globalization;
using System.Text;
using Flightc.Cli.Terminal;
using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>Draws a step over time: each unit as shares of work, and one layer instruction by instruction.</summary>
internal static class TimelineSvg
{
    private const int PartWidth = 3;
    private const int Left = 60;
    private const int LaneHeight = 14;
    private const int LanePitch = 18;
    private const int CorePitch = 10;
    private const int AxisHeight = 24;
    private const int Ticks = 5;
    private const int PlotWidth = Timeline.Parts * PartWidth;

    /// <summary>The classes of waiting that are told apart, with what they are called.</summary>
    public static IReadOnlyList<(string Class, string Words)> Legend { get; } =
    [
        ("busy", "works"), ("s-token", "waits for another unit"), ("s-space", "waits: ring is full"), ("s-data", "waits: ring is empty"),
        ("s-partner", "waits for other cores"), ("s-memory", "waits: memory is busy"), ("s-fetch", "waits for instructions"), ("s-none", "nothing left"),
    ];

    /// <summary>Draws every unit of every core.</summary>
    public static void WriteStep(HtmlWriter html, StepReport report)
    {
        // The system unit waits for the end; that says nothing.
        TimelineLane[] lanes = [.. report.Timeline.Lanes.Where(l => l.Unit != Unit.System)];
        int height = (lanes.Length * LanePitch) + (CorePitch * lanes.Select(l => l.Core).Distinct().Count()) + AxisHeight;
        html.Add($"<svg viewBox=\"0 0 {Left + PlotWidth} {height}\" role=\"img\" aria-label=\"each unit of each core over the step\">");
        int y = 0;
        int core = -1;
        foreach (TimelineLane lane in lanes)
        {
            y += lane.Core == core ? 0 : CorePitch;
            core = lane.Core;
            html.Add($"<text x=\"0\" y=\"{y + 11}\">{core}.{InstructionSet.NameOf(lane.Unit)}</text>");
            html.Add($"<g transform=\"translate({Left} {y})\"><rect class=\"lane\" width=\"{PlotWidth}\" height=\"{LaneHeight}\"/>");
            foreach (IGrouping<string, int> wait in Enumerable.Range(0, Timeline.Parts).Where(p => lane.Wait(p) is not null)
                .GroupBy(p => ClassOf(lane.Wait(p)!.Value)))
            {
                html.Add($"<path class=\"{wait.Key}\" d=\"{Blocks([.. wait])}\"/>");
            }

            html.Add($"<path class=\"busy\" d=\"{Shares(lane.Busy)}\"/></g>");
            y += LanePitch;
        }

        WriteAxis(html, 0, report.Timing.Seconds, y);
        html.Add($"</svg>");
    }

    /// <summary>Draws the chosen layer on core 0.</summary>
    public static void WriteLayer(HtmlWriter html, StepReport report)
    {
        IReadOnlyList<Execution> layer = report.Timeline.Layer;
        double from = layer.Min(e => e.Start);
        double scale = PlotWidth / Math.Max(1, layer.Max(e => e.End) - from);
        Unit[] units = [.. layer.Select(e => e.Unit).Distinct().Order()];
        html.Add($"<svg viewBox=\"0 0 {Left + PlotWidth} {(units.Length * LanePitch) + AxisHeight}\" role=\"img\" aria-label=\"the instructions of one layer\">");
        for (int i = 0; i < units.Length; i++)
        {
            html.Add($"<text x=\"0\" y=\"{(i * LanePitch) + 11}\">0.{InstructionSet.NameOf(units[i])}</text>");
            html.Add($"<g transform=\"translate({Left} {i * LanePitch})\"><rect class=\"lane\" width=\"{PlotWidth}\" height=\"{LaneHeight}\"/>");
            foreach (Execution e in Joined(layer.Where(e => e.Unit == units[i]), 1 / scale))
            {
                double width = Math.Max(0.4, (e.End - e.Start) * scale);
                string words = $"{e.Name}: {Quantity.Count((long)Math.Round(e.Busy))} of {Quantity.Count((long)Math.Round(e.End - e.Start))} cycles at work";
                html.Add($"<rect class=\"u-{InstructionSet.NameOf(e.Unit)}\" x=\"{(e.Start - from) * scale}\" width=\"{width}\" height=\"{LaneHeight}\"><title>{words}</title></rect>");
            }

            html.Add($"</g>");
        }

        double clock = report.Target.ClockHertz;
        WriteAxis(html, from / clock, layer.Max(e => e.End) / clock, units.Length * LanePitch);
        html.Add($"</svg>");
    }

    private static string ClassOf(StallCause cause) => cause switch
    {
        StallCause.RingSpace => "s-space",
        StallCause.RingData => "s-data",
        StallCause.ExchangePartner => "s-partner",
        StallCause.Memory => "s-memory",
        StallCause.InstructionFetch => "s-fetch",
        StallCause.NothingLeft => "s-none",
        _ => "s-token",
    };

    // Runs of parts as rectangles of the lane's height.
    private static string Blocks(int[] parts)
    {
        StringBuilder path = new();
        for (int i = 0, end; i < parts.Length; i = end)
        {
            for (end = i + 1; end < parts.Length && parts[end] == parts[end - 1] + 1; end++)
            {
            }

            int width = (end - i) * PartWidth;
            path.Append(CultureInfo.InvariantCulture, $"M{parts[i] * PartWidth} 0h{width}v{LaneHeight}h-{width}z");
        }

        return path.ToString();
    }

    private static string Shares(double[] shares)
    {
        StringBuilder path = new();
        path.Append(CultureInfo.InvariantCulture, $"M0 {LaneHeight}");
        for (int i = 0, end; i < shares.Length; i = end)
        {
            int height = Height(shares[i]);
            for (end = i + 1; end < shares.Length && Height(shares[end]) == height; end++)
            {
            }

            path.Append(CultureInfo.InvariantCulture, $"V{LaneHeight - height}H{end * PartWidth}");
        }

        return path.Append(CultureInfo.InvariantCulture, $"V{LaneHeight}z").ToString();
    }

    private static int Height(double share) => (int)Math.Round(Math.Clamp(share, 0, 1) * LaneHeight);

    // What is nearer than can be seen, and is called the same, becomes one.
    private static IEnumerable<Execution> Joined(IEnumerable<Execution> executions, double gap)
    {
        Execution? open = null;
        foreach (Execution e in executions)
        {
            if (open is { } last && last.Name == e.Name && e.Start - last.End < gap)
            {
                open = last with { End = e.End, Busy = last.Busy + e.Busy };
                continue;
            }

            if (open is { } done)
            {
                yield return done;
            }

            open = e;
        }

        if (open is { } final)
        {
            yield return final;
        }
    }

    private static void WriteAxis(HtmlWriter html, double from, double to, int y)
    {
        html.Add($"<g class=\"axis\"><path d=\"M{Left} {y + 4}h{PlotWidth}\"/>");
        for (int tick = 0; tick <= Ticks; tick++)
        {
            double seconds = from + ((to - from) * tick / Ticks);
            string anchor = tick == Ticks ? "end" : tick == 0 ? "start" : "middle";
            html.Add($"<text x=\"{Left + (PlotWidth * tick / Ticks)}\" y=\"{y + 19}\" text-anchor=\"{anchor}\">{Microseconds(seconds)} µs</text>");
        }

        html.Add($"</g>");
    }

    private static string Microseconds(double seconds) => Quantity.Real(seconds * 1e6, seconds < 1e-4 ? 2 : 0);
}
