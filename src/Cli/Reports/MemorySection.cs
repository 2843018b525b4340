using Flightc.Cli.Terminal;
using Flightc.Isa;

namespace Flightc.Cli.Reports;

/// <summary>The memory map of a report: a channel, DDR and the places of scratch.</summary>
internal static class MemorySection
{
    private const int Width = 1000;
    private const int RowHeight = 13;

    // More places than this say nothing in a picture; the table has them all.
    private const int MostRows = 60;

    /// <summary>Writes it.</summary>
    public static void Write(HtmlWriter html, StepReport report)
    {
        MemoryMap map = report.Subject.Program.Memory;
        Geometry geometry = report.Subject.Program.Geometry;
        html.Add($"<h2>Memory</h2>");
        Bar(
            html, $"each of {geometry.Channels} HBM channels, {Quantity.Bytes(geometry.ChannelBytes)}", geometry.ChannelBytes,
            ("busy", "weights", map.WeightBytes), ("s-data", "KV cache", map.CacheBytes));
        Bar(
            html, $"DDR, {Quantity.Bytes(geometry.DdrBytes)}", geometry.DdrBytes,
            ("busy", "tables", map.TableBytes), ("s-data", "ids and logits", report.DdrExchangeBytes));
        IReadOnlyList<ScratchArea> areas = report.Subject.Scratch;
        if (areas.Count == 0)
        {
            return;
        }

        double scale = (double)Width / Math.Max(geometry.ScratchBytes, areas.Max(a => a.Address + a.Bytes));
        ScratchArea[] drawn = [.. areas.Take(MostRows)];
        html.Add($"<figure><svg viewBox=\"0 0 {Width} {drawn.Length * RowHeight}\" role=\"img\" aria-label=\"places in scratch\">");
        for (int i = 0; i < drawn.Length; i++)
        {
            html.Add($"<rect class=\"lane\" y=\"{i * RowHeight}\" width=\"{Width}\" height=\"{RowHeight - 2}\"/>");
            html.Add($"<rect class=\"u-ld\" x=\"{drawn[i].Address * scale}\" y=\"{i * RowHeight}\" width=\"{Math.Max(1, drawn[i].Bytes * scale)}\" height=\"{RowHeight - 2}\"/>");
            bool isRight = drawn[i].Address * scale > Width / 2;
            html.Add($"<text x=\"{(drawn[i].Address * scale) + (isRight ? -4 : 4)}\" y=\"{(i * RowHeight) + 9}\" text-anchor=\"{(isRight ? "end" : "start")}\">{drawn[i].Name}</text>");
        }

        html.Add($"</svg><figcaption>Places in the scratch of every core, {Quantity.Bytes(geometry.ScratchBytes)}, by address. Places that overlap are never in use together.</figcaption></figure>");
        html.Add($"<details><summary>addresses in scratch</summary>");
        HtmlReport.Table(html, ["place", ">address", ">bytes"], areas.Select(a => (IReadOnlyList<string>)
            [a.Name, Quantity.Count(a.Address), Quantity.Count(a.Bytes)]));
        html.Add($"</details>");
    }

    private static void Bar(HtmlWriter html, string title, long capacity, params ReadOnlySpan<(string Class, string Name, long Bytes)> parts)
    {
        html.Add($"<div>{title}</div><div class=\"bar\">");
        foreach ((string style, _, long bytes) in parts)
        {
            html.Add($"<i class=\"{style}\" style=\"width:{100.0 * bytes / capacity}%\"></i>");
        }

        html.Add($"</div><p class=\"key\">");
        long free = capacity;
        foreach ((string style, string name, long bytes) in parts)
        {
            free -= bytes;
            html.Add($"<span class=\"{style}\"></span>{name} {Quantity.Bytes(bytes)} ({Quantity.Percent((double)bytes / capacity)})");
        }

        html.Add($"<span class=\"s-none\"></span>free {Quantity.Bytes(Math.Max(0, free))}</p>");
    }
}
