using System.CommandLine;
using Flightc.Cli.Estimating;
using Flightc.Cli.Exploring;
using Flightc.Cli.Reports;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc explore</c></summary>
internal sealed class ExploreCommand : CommandDefinition
{
    private readonly Argument<string> _model = Declarations.Model();
    private readonly Option<string> _card = Declarations.Text(
        "--card", "CARD", "The card: a name that 'flightc targets' lists, or the path of a .yaml file", true);
    private readonly Option<string> _recipe = Declarations.Recipe();
    private readonly Option<int?> _maxLength = Declarations.MaxLength();
    private readonly Option<int?> _prompt = Declarations.Whole("--prompt", "N", "Tokens of the prompt; with --generate. 128 and 512 where both are left out", 1);
    private readonly Option<int?> _generate = Declarations.Whole("--generate", "N", "Tokens to generate after --prompt", 0);
    private readonly Option<string> _minimize = Declarations.Text(
        "--minimize", "WHAT", "What is to be least for a token: 'time', which it is where it is left out, or 'energy'");
    private readonly Option<int?> _confirm = Declarations.Whole(
        "--confirm", "N", $"The most machines that programs are compiled and timed for; {ExploreRequest.DefaultConfirm} where it is left out", 1);
    private readonly Option<double?> _timeLimit = Declarations.Real(
        "--time-limit", "S", "Confirm no further batch of machines after so many seconds; what is found then depends on the computer", s => s > 0, "a number above 0");
    private readonly Option<string> _output = Declarations.Text("--output", "FILE.yaml", "Write the best machine as a target file", false, "-o");
    private readonly Option<string> _csv = Declarations.Text("--csv", "FILE", "Write all confirmed machines as comma-separated values");

    /// <inheritdoc/>
    public override string Details =>
        "Closed forms screen all machines whose blocks the card has; the best are compiled for and timed by the cycle model, and so are their neighbours. "
        + "Times are simulated; docs/explore.md says what is searched and how.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc explore samples/stories --card u280 -o mine.yaml", "a target file, for -t ./mine.yaml"),
        ("flightc explore samples/shapes/llama2-7b.json --card vhk158 -r w3.5 --max-length 2048", "a config.json from a hub is enough"),
        ("flightc explore samples/shapes/llama2-7b.json --card u280 --minimize energy --csv all.csv", "least energy; all machines as a table"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_card);
        command.Add(_recipe);
        command.Add(_maxLength);
        command.Add(_prompt);
        command.Add(_generate);
        command.Add(_minimize);
        command.Add(_confirm);
        command.Add(_timeLimit);
        command.Add(_output);
        command.Add(_csv);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        ExploreRequest request = RequestOf(arguments);
        string? file = arguments.GetValue(_output);
        string? name = file is null ? null : TargetWriter.NameFor(file);
        string? csv = arguments.GetValue(_csv);
        Require(file, "-o", request);
        Require(csv, "--csv", request);
        ResultFile.RequireApart(("-o", file), ("--csv", csv));
        ExploreJob job = new(invocation);
        Exploration found = job.Run(request);
        if (file is not null)
        {
            ResultFile.Write(file, invocation, TargetWriter.Text(found, name!));
        }

        if (csv is not null)
        {
            ResultFile.Write(csv, invocation, ExploreCsv.Of(found));
        }

        invocation.Output.Report(job.Warnings);
        if (invocation.Output.IsJson)
        {
            invocation.Output.WriteJson(ExploreJson.Of(found, file, job.Warnings));
        }
        else
        {
            ExploreReport.Write(found, file, invocation.Output);
        }

        return ExitCode.Success;
    }

    // Faults that would show only after the work.
    private static void Require(string? file, string option, ExploreRequest request)
    {
        if (file is not null)
        {
            ResultFile.Require(file, option, request.Model);
            ResultFile.Require(file, option, request.Card);
        }
    }

    private ExploreRequest RequestOf(ParseResult arguments)
    {
        (int? prompt, int? generate) = (arguments.GetValue(_prompt), arguments.GetValue(_generate));
        if (prompt.HasValue != generate.HasValue)
        {
            throw UsageErrors.Of(Name, "--prompt and --generate are given together or not at all");
        }

        Objective objective = arguments.GetValue(_minimize) switch
        {
            null or "time" => Objective.Time,
            "energy" => Objective.Energy,
            string other => throw UsageErrors.Of(Name, $"'{Excerpt.Of(other)}' stands where 'time' or 'energy' is wanted for --minimize"),
        };
        return new ExploreRequest(
            arguments.GetRequiredValue(_model), arguments.GetRequiredValue(_card), arguments.GetRequiredValue(_recipe),
            arguments.GetValue(_maxLength), prompt is { } tokens ? new SequenceCase(tokens, generate!.Value) : null, objective,
            arguments.GetValue(_confirm) ?? ExploreRequest.DefaultConfirm, arguments.GetValue(_timeLimit));
    }
}
