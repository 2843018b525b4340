using System.Text.Json.Nodes;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Diagnostics;
using Flightc.Schedules;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>The files that show what a program does; null for what is not wanted.</summary>
/// <param name="Trace">Path of a trace.</param>
/// <param name="Report">Path of a report.</param>
/// <param name="Step">The step they show, as <see cref="StepOption"/> has it.</param>
internal sealed record ReportWishes(string? Trace, string? Report, string? Step)
{
    private const string TraceOption = "--trace";
    private const string ReportOption = "--report";

    /// <summary>Whether a file is wanted.</summary>
    public bool IsAny => Trace is not null || Report is not null;

    private bool IsReportJson => Path.GetExtension(Report) is ".json";

    /// <summary>Refuses what would fail later.</summary>
    /// <param name="input">The model or image that is read.</param>
    /// <exception cref="CompilationException">A file cannot be written (FLC9002), or the wishes make no sense
    /// (FLC9001).</exception>
    public void Require(string input)
    {
        if (Step is not null && !IsAny)
        {
            throw new CompilationException(
                Codes.Usage, "--step names the step that a trace or a report shows, and neither is wanted", "",
                $"give {TraceOption} FILE or {ReportOption} FILE");
        }

        if (Trace is not null)
        {
            ResultFile.Require(Trace, TraceOption, input);
        }

        if (Report is null)
        {
            return;
        }

        ResultFile.Require(Report, ReportOption, input);
        if (!IsReportJson && Path.GetExtension(Report) is not (".html" or ".htm"))
        {
            throw new CompilationException(
                Codes.Usage, "the name of a report says what it is: .html for people, .json for machines", Report,
                "name a file that ends with .html or .json");
        }

        ResultFile.RequireApart((TraceOption, Trace), (ReportOption, Report));
    }

    /// <summary>Refuses a report on an image that will not be made, or that would take its place.</summary>
    /// <exception cref="CompilationException">FLC9001.</exception>
    public void RequireImage(CompileRequest request)
    {
        if (Report is null)
        {
            return;
        }

        if (request.Until is not null)
        {
            throw new CompilationException(
                Codes.Usage, $"{ReportOption} reports on an image, and --until makes none", "",
                $"leave out one of the two; 'flightc estimate MODEL -t TARGET {ReportOption} FILE' needs no image");
        }

        if (Path.GetFullPath(Report) == Path.GetFullPath(request.Output))
        {
            throw new CompilationException(Codes.Usage, "image and report would be the same file", Report, "name two files");
        }
    }

    /// <summary>For an image there is nothing to estimate: its files are all that is written.</summary>
    /// <returns>Whether it was an image and files were wanted.</returns>
    /// <exception cref="CompilationException">As <see cref="Write"/>.</exception>
    public bool WriteInsteadOfEstimate(CompileRequest request, Invocation invocation)
    {
        if (!IsAny || !ModelFile.IsImage(request.Model))
        {
            return false;
        }

        Write(request, invocation);
        if (invocation.Output.IsJson)
        {
            invocation.Output.WriteJson(new JsonObject { ["image"] = request.Model, ["trace"] = Trace, ["report"] = Report });
        }

        return true;
    }

    /// <summary>Models the step and writes the files that are wanted.</summary>
    /// <param name="request">Model or image, target, recipe, length.</param>
    /// <param name="invocation">Words, progress, interruption.</param>
    /// <param name="regions">The schedule's regions, where an image has just been made of one.</param>
    /// <exception cref="CompilationException">As <see cref="Require"/> and <see cref="Subject.Open"/>.</exception>
    public void Write(CompileRequest request, Invocation invocation, IReadOnlyList<Region>? regions = null)
    {
        if (!IsAny)
        {
            return;
        }

        using Subject subject = Subject.Open(request, invocation, regions);
        StepCase step = Step is null
            ? StepOption.Usual(subject.Program.Memory)
            : StepOption.Parse(Step, subject.Program.Memory);
        if (Trace is not null)
        {
            ResultFile.Write(Trace, invocation, stream =>
            {
                using TraceWriter trace = new(stream, subject, step, invocation.Token);
                trace.Finish(subject.Model.Run(step, Explanation.None, trace));
            });
            invocation.Output.Say($"trace of {StepOption.Text(step)} written to {Trace}; ui.perfetto.dev opens it");
        }

        if (Report is not null)
        {
            StepReport report = StepReport.Of(subject, step, invocation);
            ResultFile.Write(Report, invocation, IsReportJson ? ReportJson.Print(report) : HtmlReport.Print(report));
            invocation.Output.Say($"report on {StepOption.Text(step)} written to {Report}");
        }
    }
}
