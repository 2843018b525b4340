using System.CommandLine;
using Flightc.Cli.Allocating;
using Flightc.Cli.Reports;
using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.Passes.Allocation;
using Flightc.Passes.Tiling;
using Flightc.Recipes;
using Flightc.Settings;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc allocate</c></summary>
internal sealed class AllocateCommand : CommandDefinition
{
    private const string DefaultName = "allocated";
    private const string Extension = ".yaml";

    private readonly Argument<string> _model = Declarations.Model();
    private readonly Option<string> _target = Declarations.Target(required: true);
    private readonly Option<string> _budget = Declarations.Text(
        "--budget", "BUDGET",
        "The most that the weights may take: bits per weight with everything included (3.5bits), bytes of HBM (120MB, 3GiB), or milliseconds of a decode step (6.5ms)", true);
    private readonly Option<string> _candidates = Declarations.Text(
        "--candidates", "FORMATS",
        $"Formats to choose among, such as {CandidateFormats.DefaultText}, which it is where it is left out");
    private readonly Option<string> _calibration = Declarations.Text(
        "--calibration", "TEXT|STATS", "Predict KL from a text, or from what 'flightc calibrate' made of one: the losses of choice");
    private readonly Option<string> _losses = Declarations.Text(
        "--losses", "FILE", "Take losses of weights and formats from a file, as --write-losses writes it; no weights are needed then");
    private readonly Option<string[]> _keep = Declarations.Texts(
        "--keep", "PATTERN", "Leave weights in the format of the recipe, such as layers.0.*; repeatable");
    private readonly Option<string> _recipe = Declarations.Recipe();
    private readonly Option<int?> _context = Declarations.Whole(
        "--context", "N", $"Time decode steps at this context, their own token included; {AllocationTimer.DefaultContext} where it is left out, the middle of what 'estimate' times", 1);
    private readonly Option<bool> _times = new("--times") { Description = "Compile and time all points of the front that are shown, and all recipes; it takes a while" };
    private readonly Option<string> _output = Declarations.Text("--output", "RECIPE.yaml", "Write the assignment as a recipe, for -r", false, "-o");
    private readonly Option<string> _front = Declarations.Text("--front", "FILE.csv", "Write the front as comma-separated values");
    private readonly Option<string> _svg = Declarations.Text("--svg", "FILE.svg", "Draw the front");
    private readonly Option<string> _writeLosses = Declarations.Text("--write-losses", "FILE", "Write all losses that were found, for --losses");
    private readonly Option<int?> _maxLength = Declarations.MaxLength();
    private readonly Option<int?> _searchLimit = Declarations.SearchLimit();
    private readonly Option<int?> _threads = Declarations.Threads();

    /// <inheritdoc/>
    public override string Details =>
        "What weights lose by themselves in each format is added up, and the least sum within the budget is found; sizes are those of the compiled image, times are simulated. "
        + "Without --calibration and --losses, what is lost is the squared error of rounding, relative to each weight: no data is needed, and no KL is told. docs/allocation.md says how it is done.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc allocate samples/stories -t u280 --budget 4bits -o mine.yaml", "a recipe, for -r ./mine.yaml"),
        ("flightc allocate samples/stories -t u280 --budget 1.1MiB --keep layers.0.* --front front.csv --svg front.svg", "at most 1.1 MiB of HBM; the first layer stays as in w4"),
        ("flightc allocate samples/stories -t u280 --budget 3.5bits --candidates 3..8g64 --write-losses losses.csv", "few formats; losses for later runs"),
        ("flightc allocate samples/shapes/llama2-7b.json -t u280 --budget 8ms --losses losses.csv", "a decode step's time, with losses found elsewhere"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_target);
        command.Add(_budget);
        command.Add(_candidates);
        command.Add(_calibration);
        command.Add(_losses);
        command.Add(_keep);
        command.Add(_recipe);
        command.Add(_context);
        command.Add(_times);
        command.Add(_output);
        command.Add(_front);
        command.Add(_svg);
        command.Add(_writeLosses);
        command.Add(_maxLength);
        command.Add(_searchLimit);
        command.Add(_threads);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string? file = arguments.GetValue(_output);
        (string Option, string? Path)[] files =
        [
            ("-o", file), ("--front", arguments.GetValue(_front)), ("--svg", arguments.GetValue(_svg)),
            ("--write-losses", arguments.GetValue(_writeLosses)),
        ];
        AllocateRequest request = RequestOf(arguments, file);
        Require(files, request);
        AllocateJob job = new(invocation);
        FoundAllocation found = job.Run(request);
        Func<string>[] texts =
        [
            () => RecipeText.Print(found.Fitted.Point.Recipe), () => FrontCsv.Of(found), () => FrontSvg.Of(found), () => LossTable.Text(found.Losses.All),
        ];
        foreach (((string _, string? path), Func<string> text) in files.Zip(texts).Where(f => f.First.Path is not null))
        {
            ResultFile.Write(path!, invocation, text());
        }

        invocation.Output.Report(job.Warnings);
        if (invocation.Output.IsJson)
        {
            invocation.Output.WriteJson(AllocateJson.Of(found, file, job.Warnings));
        }
        else
        {
            AllocateReport.Write(found, file, invocation.Output);
        }

        return ExitCode.Success;
    }

    // Faults that would show only after the work.
    private static void Require((string Option, string? Path)[] files, AllocateRequest request)
    {
        foreach ((string option, string? path) in files.Where(f => f.Path is not null))
        {
            string?[] inputs = [request.Model, request.Target, request.Recipe, request.Losses, request.Calibration];
            foreach (string? input in inputs.Where(i => i is not null))
            {
                ResultFile.Require(path!, option, input!);
            }
        }

        ResultFile.RequireApart(files);
    }

    private AllocateRequest RequestOf(ParseResult arguments, string? file) => new(
        arguments.GetRequiredValue(_model), arguments.GetRequiredValue(_target), arguments.GetRequiredValue(_recipe),
        Budget.Parse(arguments.GetRequiredValue(_budget)),
        arguments.GetValue(_candidates) is { } formats ? CandidateFormats.Parse(formats) : null,
        arguments.GetValue(_losses), arguments.GetValue(_keep) ?? [], arguments.GetValue(_context), arguments.GetValue(_times),
        file is null ? DefaultName : NameFor(file), arguments.GetValue(_maxLength), arguments.GetValue(_threads) ?? -1,
        arguments.GetValue(_searchLimit) ?? MappingSearch.DefaultLimit, arguments.GetValue(_calibration));

    // A recipe has the name of its file.
    private static string NameFor(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return Path.GetFileName(path).EndsWith(Extension, StringComparison.Ordinal) && SettingsNames.IsName(name)
            ? name
            : throw new CompilationException(
                Codes.Usage, $"-o '{Excerpt.Of(path)}': a recipe's file is called as the recipe, and ends with {Extension}", "",
                "use lower-case letters, digits, '-', '_' and '.', such as mine.yaml");
    }
}
