using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Flightc.Cli.Terminal;

/// <summary>How long a task will take yet, if it goes on as it went so far.</summary>
internal sealed class TimeLeftColumn : ProgressColumn
{
    // Before, an estimate would jump.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Markup(Markup.Escape(Text(task.Value / task.MaxValue, task.ElapsedTime ?? TimeSpan.Zero)), new Style(Color.Blue));

    /// <summary>The estimate in words; dashes where there is none yet.</summary>
    /// <param name="share">What is done, 0 … 1.</param>
    /// <param name="elapsed">How long it took.</param>
    internal static string Text(double share, TimeSpan elapsed)
    {
        if (!(share > 0) || elapsed < Least)
        {
            return "--:--";
        }

        TimeSpan left = TimeSpan.FromSeconds(Math.Ceiling(Math.Min(elapsed.TotalSeconds * (1 - share) / share, TimeSpan.FromDays(99).TotalSeconds)));
        return left.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)left.TotalHours}:{left.Minutes:00}:{left.Seconds:00} left")
            : string.Create(CultureInfo.InvariantCulture, $"{left.Minutes:00}:{left.Seconds:00} left");
    }
}
