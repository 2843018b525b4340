using Spectre.Console;

namespace Flightc.Cli.Terminal;

/// <summary>A progress bar on standard error while something long is done; nothing where none may be drawn.</summary>
internal static class ProgressBar
{
    /// <summary>Does something long.</summary>
    /// <param name="output">Where the bar may be drawn.</param>
    /// <param name="title">What is done, as a verb with -ing.</param>
    /// <param name="work">Tells the share that is done, 0 … 1, from any thread.</param>
    public static T Run<T>(Output output, string title, Func<Action<double>, T> work) =>
        RunNamed(output, title, progress => work(share => progress(share, "")));

    /// <summary>Does something long that consists of parts with names.</summary>
    /// <param name="output">Where the bar may be drawn.</param>
    /// <param name="title">What is done, as a verb with -ing.</param>
    /// <param name="work">Tells the share that is done, 0 … 1, and at what it is, from any thread.</param>
    public static T RunNamed<T>(Output output, string title, Func<Action<double, string>, T> work)
    {
        if (!output.ShowsProgress)
        {
            return work((_, _) => { });
        }

        return output.ErrorConsole.Progress().AutoClear(true).HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new TimeLeftColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work((share, part) =>
                {
                    task.Value = share;
                    task.Description = Markup.Escape(part.Length == 0 ? title : $"{title} {part}");
                });
            });
    }
}
