using System.CommandLine;
using Flightc.Cli.Compiling;
using Flightc.Cli.Estimating;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Targets;
using Flightc.Passes.Tiling;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc estimate</c></summary>
internal sealed class EstimateCommand : CommandDefinition
{
    private readonly Argument<string> _model = Declarations.Model();
    private readonly Option<string> _target = Declarations.Text(
        "--target", "TARGET",
        "The machine: a name that 'flightc targets' lists, or the path of a .yaml file; needed unless --sweep names targets", false, "-t");
    private readonly Option<string> _recipe = Declarations.Recipe();
    private readonly Option<int?> _maxLength = Declarations.MaxLength();
    private readonly Option<string[]> _cases = Declarations.Texts(
        "--case", "PROMPT,GENERATE", "Tokens of a prompt, and of what is generated after it; repeatable. 128,512 where there is none");
    private readonly Option<int?> _prompt = Declarations.Whole("--prompt", "N", "Tokens of the prompt: with --generate, one more case, the first", 1);
    private readonly Option<int?> _generate = Declarations.Whole("--generate", "N", "Tokens to generate after --prompt", 0);
    private readonly Option<string[]> _contexts = Declarations.Texts(
        "--context", "N", "Time single decode steps at these contexts, their own token included; repeatable, or with commas");
    private readonly Option<string> _lengths = Declarations.Text(
        "--lengths", "LENGTHS",
        "Compare the times of length plans over these lengths: 'uniform' (every length the program serves), 128:0.5,512:0.5, or a file with a length and perhaps a weight per line");
    private readonly Option<string> _plan = Declarations.LengthPlan();
    private readonly Option<string[]> _sweep = Declarations.Texts(
        "--sweep", "KEY=VALUES",
        "Estimate all these: target=u280,vhk158, recipe=w4,w8, clock=200..300:25, or any number of the target's file, such as core.special_lanes=16,32; repeatable");
    private readonly Option<bool> _ablation = new("--ablation")
    {
        Description = "Change the published machine step by step into one like ours, and time a decode step after each; with --target flightllm-u280",
    };
    private readonly Option<string> _csv = Declarations.Text("--csv", "FILE", "Write the numbers as comma-separated values too");
    private readonly Option<int?> _searchLimit = Declarations.SearchLimit();
    private readonly Option<string> _masks = Declarations.Masks();
    private readonly ReportOptions _reports = new(withTrace: true);

    /// <inheritdoc/>
    public override string Details =>
        "Everything but the contents of the weights is compiled, so sizes and instructions are exact. Times are simulated by the cycle model of docs/timing.md, "
        + "under each explanation of what models lose against boards; the headline is the worse of the two that were fitted. What does not fit is a warning here.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc estimate samples/stories -t u280", "a whole checkpoint"),
        ("flightc estimate samples/shapes/llama2-7b.json -t u280 --case 128,512 --case 512,1536", "a config.json from a hub is enough"),
        ("flightc estimate samples/shapes/llama2-7b.json -t u280 --sweep clock=200..300:25 --csv clock.csv", "the same at several clocks"),
        ("flightc estimate samples/shapes/llama2-7b.json -t u280 --lengths uniform", "what length registers save"),
        ("flightc estimate samples/stories -t u280 --trace step.json.gz --step prefill@0+64", "every instruction of a step, for ui.perfetto.dev"),
        ("flightc estimate stories.flight -t u280 --report stories.html", "a page about an image: timeline, roofline, memory, bottlenecks"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_target);
        command.Add(_recipe);
        command.Add(_maxLength);
        command.Add(_cases);
        command.Add(_prompt);
        command.Add(_generate);
        command.Add(_contexts);
        command.Add(_lengths);
        command.Add(_plan);
        command.Add(_searchLimit);
        command.Add(_masks);
        command.Add(_sweep);
        command.Add(_csv);
        command.Add(_ablation);
        _reports.Declare(command);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string model = arguments.GetRequiredValue(_model);
        ReportWishes reports = _reports.Read(arguments, model);
        CompileRequest shown = new(
            model, arguments.GetValue(_target) ?? "", arguments.GetRequiredValue(_recipe), "", arguments.GetValue(_maxLength),
            SearchLimit: SearchLimitOf(arguments));
        if (reports.WriteInsteadOfEstimate(shown, invocation))
        {
            return ExitCode.Success;
        }

        EstimateRequest request = RequestOf(arguments);
        if (reports.IsAny && request.Target is { } target && new TargetCatalog().FindForValidation(target) is not null)
        {
            throw UsageErrors.Of(Name, $"'{Excerpt.Of(target)}' is a published machine, of which there is no trace and no report: leave out --trace and --report");
        }

        EstimateJob job = new(invocation);
        string? csv = arguments.GetValue(_csv);
        if (csv is not null)
        {
            ResultFile.Require(csv, "--csv", model);
            ResultFile.RequireApart(("--csv", csv), ("--trace", reports.Trace), ("--report", reports.Report), ("--lengths", request.Lengths), ("--target", request.Target));
        }

        if (request.Sweep.Count > 0)
        {
            if (reports.IsAny)
            {
                throw UsageErrors.Of(Name, "--trace and --report show one step of one program, and --sweep estimates many");
            }

            if (request.Contexts.Count > 0 || request.Lengths is not null || request.Ablation)
            {
                throw UsageErrors.Of(Name, "--sweep estimates cases: --context, --lengths and --ablation do not go with it");
            }

            IReadOnlyList<SweepPoint> points = job.Sweep(request);
            Write(csv, points, invocation);
            invocation.Output.Report(job.Warnings);
            if (invocation.Output.IsJson)
            {
                invocation.Output.WriteJson(Json.Array(points, EstimateJson.Of));
            }
            else
            {
                EstimateReport.Write(points, invocation.Output);
            }

            return points.Any(p => p.Estimate is not null) ? ExitCode.Success : ExitCode.Unsupported;
        }

        ModelEstimate estimate = job.Run(request);
        Write(csv, [new SweepPoint([], estimate, "")], invocation);
        invocation.Output.Report(job.Warnings);
        if (invocation.Output.IsJson)
        {
            invocation.Output.WriteJson(EstimateJson.Of(estimate, job.Warnings));
        }
        else
        {
            EstimateReport.Write(estimate, invocation.Output);
        }

        reports.Write(shown, invocation);
        return ExitCode.Success;
    }

    private int SearchLimitOf(ParseResult arguments) => arguments.GetValue(_searchLimit) ?? MappingSearch.DefaultLimit;

    private static void Write(string? csv, IReadOnlyList<SweepPoint> points, Invocation invocation)
    {
        invocation.Token.ThrowIfCancellationRequested();
        if (csv is not null)
        {
            ResultFile.Write(csv, invocation, EstimateCsv.Of(points));
        }
    }

    private EstimateRequest RequestOf(ParseResult arguments)
    {
        List<SequenceCase> cases = [.. (arguments.GetValue(_cases) ?? []).Select(SequenceCase.Parse)];
        (int? prompt, int? generate) = (arguments.GetValue(_prompt), arguments.GetValue(_generate));
        if (prompt.HasValue != generate.HasValue)
        {
            throw UsageErrors.Of(Name, "--prompt and --generate are given together or not at all");
        }

        if (prompt is { } tokens)
        {
            cases.Insert(0, new SequenceCase(tokens, generate!.Value));
        }

        IReadOnlyList<SweepAxis> sweep = SweepAxis.Parse(arguments.GetValue(_sweep) ?? []);
        string? target = arguments.GetValue(_target);
        if (target is null && !sweep.Any(a => a.Key == SweepAxis.Target))
        {
            throw UsageErrors.Of(Name, "--target TARGET is missing");
        }

        long[] contexts =
        [
            .. (arguments.GetValue(_contexts) ?? []).SelectMany(text => text.Split(',')).Select(text =>
                int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int context) && context > 0
                    ? context
                    : throw UsageErrors.Of(Name, $"'{text}' stands where a whole number from 1 is wanted for --context")),
        ];
        return new EstimateRequest(
            arguments.GetRequiredValue(_model), target, arguments.GetRequiredValue(_recipe), arguments.GetValue(_maxLength), cases,
            contexts, arguments.GetValue(_lengths), LengthPlans.Named(arguments.GetRequiredValue(_plan)), sweep,
            arguments.GetResult(_recipe) is { Implicit: false }, arguments.GetValue(_ablation), SearchLimitOf(arguments), arguments.GetValue(_masks));
    }
}
