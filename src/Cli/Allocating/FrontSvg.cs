using System.Globalization;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Allocating;

/// <summary>Draws a front: predicted loss, in decades, against bits per weight.</summary>
internal static class FrontSvg
{
    private const int Left = 64;
    private const int Width = 640;
    private const int Height = 360;
    private const int Right = 30;
    private const int Top = 52;
    private const int Bottom = 44;
    private const int LabelHeight = 13;
    private const double LabelWidthPerCharacter = 6.5;

    // Below this share of the largest loss a curve says nothing more.
    private const double LeastShare = 1e-7;

    /// <summary>The file's text: self-contained, for light and dark backgrounds.</summary>
    public static string Of(FoundAllocation found)
    {
        AllocationPoint chosen = found.Fitted.Point;
        AllocationPoint[] all = [.. found.Front, .. found.Recipes, chosen];
        double most = Math.Max(all.Max(p => p.Loss), double.Epsilon);
        double least = Math.Max(all.Where(p => p.Loss > 0).Select(p => p.Loss).DefaultIfEmpty(most).Min(), most * LeastShare);
        Axes axes = new(
            (int)Math.Floor(all.Min(p => p.BitsPerWeight)), (int)Math.Ceiling(all.Max(p => p.BitsPerWeight)), Math.Log10(least), Math.Log10(most));
        HtmlWriter svg = new();
        svg.Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Left + Width + Right} {Top + Height + Bottom}\" width=\"{Left + Width + Right}\" height=\"{Top + Height + Bottom}\" role=\"img\" aria-label=\"predicted loss against bits per weight\">");
        svg.Add($"<style>");
        svg.Add($"svg {{ background: #fff; font: 12px system-ui, sans-serif; fill: #222 }} .grid {{ stroke: #ddd }} .front {{ stroke: #1f6fb2; fill: none; stroke-width: 2 }}");
        svg.Add($".point {{ fill: #1f6fb2 }} .recipe {{ fill: #b2521f }} .chosen {{ fill: none; stroke: #15803d; stroke-width: 3 }} .label {{ fill: #b2521f }} .own {{ fill: #15803d }}");
        svg.Add($"@media (prefers-color-scheme: dark) {{ svg {{ background: #16181c; fill: #ddd }} .grid {{ stroke: #3a3e45 }} .front {{ stroke: #6cb6ff }} .point {{ fill: #6cb6ff }}");
        svg.Add($".recipe, .label {{ fill: #f0a06c }} .chosen {{ stroke: #4ade80 }} .own {{ fill: #4ade80 }} }}");
        svg.Add($"</style>");
        svg.Add($"<text x=\"{Left}\" y=\"18\">{found.Architecture} on {found.Model.Target.Name}: the front of all assignments, and recipes</text>");
        svg.Add($"<text x=\"{Left}\" y=\"38\">predicted loss, {found.Losses.Unit}</text>");
        Grid(svg, axes);
        svg.Add($"<polyline class=\"front\" points=\"{string.Join(' ', found.Front.Select(p => axes.Text(p)))}\"/>");
        foreach (AllocationPoint point in found.Front)
        {
            svg.Add($"<circle class=\"point\" cx=\"{axes.X(point)}\" cy=\"{axes.Y(point)}\" r=\"2.5\"><title>{Words(point)}</title></circle>");
        }

        List<(double X, double Y, double Width)> labels = [];
        svg.Add($"<circle class=\"chosen\" cx=\"{axes.X(chosen)}\" cy=\"{axes.Y(chosen)}\" r=\"6\"><title>{chosen.Recipe.Name}: {Words(chosen)}</title></circle>");
        Label(svg, labels, axes, chosen, "own");
        foreach (AllocationPoint point in found.Recipes)
        {
            svg.Add($"<circle class=\"recipe\" cx=\"{axes.X(point)}\" cy=\"{axes.Y(point)}\" r=\"4\"><title>{point.Recipe.Name}: {Words(point)}</title></circle>");
            Label(svg, labels, axes, point, "label");
        }

        svg.Add($"</svg>");
        return svg.ToString();
    }

    private static void Grid(HtmlWriter svg, Axes axes)
    {
        for (int bits = axes.FirstBits; bits <= axes.LastBits; bits++)
        {
            double x = axes.X(bits);
            svg.Add($"<path class=\"grid\" d=\"M{x} {Top}V{Top + Height}\"/><text x=\"{x}\" y=\"{Top + Height + 17}\" text-anchor=\"middle\">{bits}</text>");
        }

        for (int decade = axes.FirstDecade; decade <= axes.LastDecade; decade++)
        {
            double y = axes.YOf(decade);
            svg.Add($"<path class=\"grid\" d=\"M{Left} {y}H{Left + Width}\"/><text x=\"{Left - 6}\" y=\"{y + 4}\" text-anchor=\"end\">1e{decade}</text>");
        }

        svg.Add($"<text x=\"{Left + Width}\" y=\"{Top + Height + 35}\" text-anchor=\"end\">bits per weight, everything included</text>");
    }

    // To the right above its point, or higher where other labels are.
    private static void Label(HtmlWriter svg, List<(double X, double Y, double Width)> labels, Axes axes, AllocationPoint point, string style)
    {
        string name = point.Recipe.Name;
        double width = name.Length * LabelWidthPerCharacter;
        double x = Math.Min(axes.X(point) + 8, Left + Width + Right - width);
        double y = axes.Y(point) - 7;
        while (labels.Any(l => Math.Abs(l.Y - y) < LabelHeight && x < l.X + l.Width && l.X < x + width))
        {
            y--;
        }

        labels.Add((x, y, width));
        svg.Add($"<text class=\"{style}\" x=\"{x}\" y=\"{y}\">{name}</text>");
    }

    private static string Words(AllocationPoint point) => string.Create(
        CultureInfo.InvariantCulture, $"{Quantity.Real(point.BitsPerWeight)} bits per weight, predicted loss {point.Loss:G4}");

    /// <summary>Places of bits and losses.</summary>
    /// <param name="FirstBits">At the left end.</param>
    /// <param name="LastBits">At the right end.</param>
    /// <param name="LeastLog">Logarithm of the least loss that is shown as itself.</param>
    /// <param name="MostLog">Of the largest.</param>
    private readonly record struct Axes(int FirstBits, int LastBits, double LeastLog, double MostLog)
    {
        public int FirstDecade => (int)Math.Floor(LeastLog);

        public int LastDecade => Math.Max(FirstDecade + 1, (int)Math.Ceiling(MostLog));

        public double X(AllocationPoint point) => X(point.BitsPerWeight);

        public double X(double bits) => Left + (Width * (bits - FirstBits) / (LastBits - FirstBits));

        public double Y(AllocationPoint point) => YOf(point.Loss > 0 ? Math.Max(Math.Log10(point.Loss), FirstDecade) : FirstDecade);

        public double YOf(double log) => Top + (Height * (LastDecade - log) / (LastDecade - FirstDecade));

        public string Text(AllocationPoint point) => string.Create(CultureInfo.InvariantCulture, $"{X(point):0.#},{Y(point):0.#}");
    }
}
