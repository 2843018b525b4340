using System.CommandLine;
using Flightc.Cli.Compiling;
using Flightc.Cli.Estimating;
using Flightc.Cli.Images;
using Flightc.Cli.Reports;
using Flightc.Diagnostics;
using Flightc.Passes.Tiling;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc compile</c></summary>
internal sealed class CompileCommand : CommandDefinition
{
    private readonly Argument<string> _model = Declarations.Model();
    private readonly Option<string> _target = Declarations.Target(required: true);
    private readonly Option<string> _recipe = Declarations.Recipe();
    private readonly Option<string> _output = Declarations.Text(
        "--output", "IMAGE",
        "Where to write the image; NAME.flight in the current folder where it is left out", false, "-o");
    private readonly Option<int?> _maxLength = Declarations.MaxLength();
    private readonly Option<string> _dumps = Declarations.Text(
        "--dump-dir", "DIR", "Write the text of the model after every pass into this folder, numbered");
    private readonly Option<string> _until = Declarations.Text(
        "--until", "PASS",
        $"Stop after this pass and write no image: {string.Join(", ", Compilation.PassNames)}");
    private readonly Option<string> _plan = Declarations.LengthPlan();
    private readonly Option<int?> _searchLimit = Declarations.SearchLimit();
    private readonly Option<string> _calibration = Declarations.Text(
        "--calibration", "TEXT|STATS",
        "A text like that which the model will see, plain or .jsonl, or what 'flightc calibrate' made of one: codes are chosen by it, and with a text attention masks, where the recipe wants that");
    private readonly Option<string> _masks = Declarations.Masks();
    private readonly Option<string> _saveMasks = Declarations.Text(
        "--save-masks", "FILE", "Write the attention masks that were found, to be given with --masks");
    private readonly ReportOptions _reports = new(withTrace: false);
    private readonly Option<int?> _threads = Declarations.Threads();
    private readonly Option<long?> _memory = Declarations.MaxMemory();
    private readonly CacheOptions _cache = new();

    /// <inheritdoc/>
    public override string Details =>
        "The same model, target, recipe and length give the same bytes, whatever the machine and the number of threads.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc compile samples/stories -t u280", "4-bit weights, into stories.flight"),
        ("flightc compile samples/stories -t u280 -r w8 -o stories-w8.flight --max-length 256", "8-bit weights, shorter context"),
        ("flightc compile samples/stories -t u280 --report stories.html", "and a page about what the image does on the card, simulated"),
        ("flightc compile samples/stories -t u280 -r ./masked.yaml --calibration texts.jsonl --save-masks masks.json", "with attention masks found on a text"),
        ("flightc compile samples/stories -t u280 -r w3.5 --calibration texts.jsonl --cache ~/.cache/flightc", "keep what is made, so that the next time redoes only what has changed"),
        ("flightc compile samples/stories -t tiny --dump-dir dumps --until fuse-gate", "see what the first passes do"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_target);
        command.Add(_recipe);
        command.Add(_output);
        command.Add(_maxLength);
        command.Add(_dumps);
        command.Add(_until);
        command.Add(_plan);
        command.Add(_searchLimit);
        command.Add(_calibration);
        command.Add(_masks);
        command.Add(_saveMasks);
        _reports.Declare(command);
        command.Add(_threads);
        command.Add(_memory);
        _cache.Declare(command);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string model = arguments.GetRequiredValue(_model);
        CompileRequest request = new(
            model, arguments.GetRequiredValue(_target), arguments.GetRequiredValue(_recipe),
            arguments.GetValue(_output) ?? $"{ModelFile.NameOf(model)}.flight",
            arguments.GetValue(_maxLength), arguments.GetValue(_dumps), arguments.GetValue(_until),
            arguments.GetValue(_threads) ?? -1, LengthPlans.Named(arguments.GetRequiredValue(_plan)),
            arguments.GetValue(_searchLimit) ?? MappingSearch.DefaultLimit,
            arguments.GetValue(_calibration), arguments.GetValue(_masks), arguments.GetValue(_saveMasks)) { MaxMemory = arguments.GetValue(_memory), Cache = _cache.Read(arguments) };
        if (request.SaveMasks is { } file)
        {
            ResultFile.Require(file, "--save-masks", model);
            ResultFile.RequireApart(("--save-masks", file), ("--output", request.Output), ("--calibration", request.Calibration), ("--masks", request.Masks));
        }

        ReportWishes reports = _reports.Read(arguments, model);
        reports.RequireImage(request);
        CompileResult result = new CompileJob(invocation).Run(request);
        invocation.Output.Report(result.Warnings);
        CompileReport.Write(request, result, invocation.Output);
        reports.Write(request with { Model = request.Output }, invocation, result.Compiled?.Schedule.Regions);
        return ExitCode.Success;
    }
}
