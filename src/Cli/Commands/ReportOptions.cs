using System.CommandLine;
using Flightc.Cli.Reports;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary>The options <c>--trace</c>, <c>--report</c> and <c>--step</c>.</summary>
/// <param name="withTrace">Whether a trace can be had too.</param>
internal sealed class ReportOptions(bool withTrace)
{
    private readonly Option<string> _trace = Declarations.Text(
        "--trace", "FILE", "Write every instruction of a step, simulated, as a trace that ui.perfetto.dev opens; compressed where the name ends with .gz");

    private readonly Option<string> _report = Declarations.Text(
        "--report", "FILE", "Write a report on a step, simulated: FILE.html for people, FILE.json for machines");

    private readonly Option<string> _step = Declarations.Text(
        "--step", "STEP", $"The step to show: {StepOption.Form}; decode@512, or the last, where it is left out");

    /// <summary>Declares them.</summary>
    public void Declare(Command command)
    {
        if (withTrace)
        {
            command.Add(_trace);
        }

        command.Add(_report);
        command.Add(_step);
    }

    /// <summary>What is wanted.</summary>
    /// <param name="arguments">Parsed without errors.</param>
    /// <param name="input">The model or image that is read.</param>
    /// <exception cref="CompilationException">As <see cref="ReportWishes.Require"/>.</exception>
    public ReportWishes Read(ParseResult arguments, string input)
    {
        ReportWishes wishes = new(
            withTrace ? arguments.GetValue(_trace) : null, arguments.GetValue(_report), arguments.GetValue(_step));
        wishes.Require(input);
        return wishes;
    }
}
