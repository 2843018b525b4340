using System.Globalization;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Reports;

/// <summary>Draws the roofline (Williams et al. 2009): what bytes and multipliers allow, and what is reached.</summary>
internal static class RooflineSvg
{
    private const int Left = 60;
    private const int Width = 640;
    private const int Height = 300;
    private const int Bottom = 36;
    private const int Top = 8;
    private const int LabelWidth = 24;
    private const int LabelHeight = 12;

    /// <summary>The operators that are drawn, the busiest first.</summary>
    public static IReadOnlyList<OperatorUse> Drawn(StepReport report) =>
        [.. OperatorUse.Merge(report.Operators).Where(o => o.Macs > 0 && o.HbmBytes > 0 && o.MatrixCycles > 0)
            .OrderByDescending(o => o.MatrixCycles).ThenBy(o => o.Name, StringComparer.Ordinal)];

    /// <summary>Multiply-accumulates per second of an operator, while its matrix instructions last.</summary>
    public static double Rate(OperatorUse use, StepReport report) => use.Macs * report.Target.ClockHertz / use.MatrixCycles;

    /// <summary>Draws it.</summary>
    public static void Write(HtmlWriter html, StepReport report)
    {
        double peak = report.Target.PeakMacsPerCycle * report.Target.ClockHertz;
        double slope = report.Target.PeakHbmBytesPerSecond;
        List<(double X, double Y, string Label, string Name)> points =
        [
            .. Drawn(report).Select((o, i) => (o.Macs / o.HbmBytes, Rate(o, report), $"{i + 1}", o.Name)),
        ];
        if (report.Timing.Macs.Total > 0)
        {
            points.Add((
                (double)report.Timing.Macs.Total / Math.Max(1, report.Timing.Traffic.Hbm),
                report.Timing.Macs.Total / report.Timing.Seconds, "step", "the whole step"));
        }

        // Whole decades around the ridge and all points.
        double ridge = peak / slope;
        int firstX = Decade(points.Select(p => p.X).Append(ridge / 10).Min());
        int lastX = Decade(points.Select(p => p.X).Append(ridge * 10).Max()) + 1;
        int firstY = Decade(points.Select(p => p.Y).Append(peak / 100).Min());
        int lastY = Decade(points.Select(p => p.Y).Append(peak).Max()) + 1;
        double X(double value) => Left + (Width * (Math.Log10(value) - firstX) / (lastX - firstX));
        double Y(double value) => Height * (1 - ((Math.Log10(value) - firstY) / (lastY - firstY)));

        html.Add($"<svg viewBox=\"0 {-Top} {Left + Width + 40} {Top + Height + Bottom}\" role=\"img\" aria-label=\"roofline\"><g class=\"axis\">");
        for (int x = firstX; x <= lastX; x++)
        {
            double at = Left + ((double)Width * (x - firstX) / (lastX - firstX));
            html.Add($"<path d=\"M{at} 0V{Height}\"/><text x=\"{at}\" y=\"{Height + 15}\" text-anchor=\"middle\">{Power(x)}</text>");
        }

        for (int y = firstY; y <= lastY; y++)
        {
            double at = Height * (1 - ((double)(y - firstY) / (lastY - firstY)));
            html.Add($"<path d=\"M{Left} {at}H{Left + Width}\"/><text x=\"{Left - 5}\" y=\"{at + 4}\" text-anchor=\"end\">{Power(y)}</text>");
        }

        html.Add($"<text x=\"{Left + Width}\" y=\"{Height + 30}\" text-anchor=\"end\">MAC per byte of HBM</text><text x=\"{Left + 5}\" y=\"12\">MAC/s</text></g>");
        double start = Math.Max(Ten(firstX), Ten(firstY) / slope);
        html.Add($"<path class=\"roof\" d=\"M{X(start)} {Y(start * slope)}L{X(ridge)} {Y(peak)}H{Left + Width}\"/>");
        List<(double X, double Y)> labels = [];
        foreach ((double x, double y, string label, string name) in points)
        {
            // Labels of points that lie together stand in a column.
            (double X, double Y) place = (X(x) + 7, Y(y) - 5);
            while (labels.Any(l => Math.Abs(l.X - place.X) < LabelWidth && Math.Abs(l.Y - place.Y) < LabelHeight))
            {
                place.Y -= 1;
            }

            labels.Add(place);
            string words = $"{name}: {Quantity.Real(x, 2)} MAC per byte, {Quantity.Real(y / 1e9, 1)} GMAC/s";
            html.Add($"<circle class=\"{(label == "step" ? "point step" : "point")}\" cx=\"{X(x)}\" cy=\"{Y(y)}\" r=\"4\"><title>{words}</title></circle>");
            html.Add($"<text x=\"{place.X}\" y=\"{place.Y}\">{label}</text>");
        }

        html.Add($"</svg>");
    }

    private static int Decade(double value) => (int)Math.Floor(Math.Log10(value));

    // A power of ten that the platform's library has no say in.
    private static double Ten(int exponent) => double.Parse($"1e{exponent}", CultureInfo.InvariantCulture);

    private static string Power(int exponent) => exponent switch
    {
        >= -2 and < 0 => Quantity.Real(Ten(exponent), -exponent),
        >= 0 and <= 3 => Quantity.Count((long)Ten(exponent)),
        _ => $"1e{exponent}",
    };
}
