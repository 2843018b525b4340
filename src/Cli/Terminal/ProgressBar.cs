using Spectre.Console;

namespace Flightc.Cli.Terminal;

/// <summary>A progress bar on standard error while something long is done; nothing where none may be drawn.</summary>
internal static class ProgressBar
{
    /// <summary>Does something long.</summary>
    /// <param name="output">Where the bar may be drawn.</param>
    /// <param name="title">What is done, as a verb with -ing.</param>
    /// <param name="work">Tells the share that is done, 0 … 1, from any thread.</param>
    public static T Run<T>(Output output, string title, Func<Action<double>, T> work)
    {
        if (!output.ShowsProgress)
        {
            return work(_ => { });
        }

        return output.ErrorConsole.Progress().AutoClear(true).HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work(share => task.Value = share);
            });
    }
}
