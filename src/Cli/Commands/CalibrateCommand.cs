using System.CommandLine;
using Flightc.Calibration;
using Flightc.Cli.Calibrating;
using Flightc.Cli.Compiling;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc calibrate</c></summary>
internal sealed class CalibrateCommand : CommandDefinition
{
    private const int MostMerged = 1000;
    private const string Ending = ".stats";

    private readonly Argument<string?> _model = new("MODEL")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "A Hugging Face folder, an .onnx file, or a .safetensors file with its config.json beside it",
    };

    private readonly Option<string?> _text = Declarations.Text(
        "--text", "TEXT", "Plain text (one record), or .jsonl with a record per line: {\"text\": ...} or {\"ids\": [...]}")!;

    private readonly Option<string?> _output = Declarations.Text(
        "--output", "STATS", "Where to write the statistics; NAME.stats in the current folder where it is left out", false, "-o")!;

    private readonly Option<int?> _samples = Declarations.Whole(
        "--samples", "N", $"The most windows to run; {WindowChoice.DefaultSamples} where it is left out", 1);

    private readonly Option<int?> _length = Declarations.Whole(
        "--length", "L", $"The most tokens of a window; {WindowChoice.DefaultLength} where it is left out, or the model's length where that is less", 2);

    private readonly Option<long?> _seed = Declarations.Seed();

    private readonly Option<int?> _draws = Declarations.Whole(
        "--draws", "N", "Tokens drawn from the model at every position; 1 where it is left out. Each takes a pass backwards; 0 is enough for 'method: gptq'", 0);

    private readonly Option<string[]> _merge = new("--merge")
    {
        HelpName = "STATS",
        Description = "Put statistics of one model together, from different texts or seeds",
        Arity = new ArgumentArity(2, MostMerged),
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _show = Declarations.Text("--show", "STATS", "Show what is in a file of statistics, matrix by matrix")!;
    private readonly Option<int?> _threads = Declarations.Threads();

    /// <inheritdoc/>
    public override string Details =>
        """
        The model runs in binary32, one segment of a layer after another, so that memory holds the weights and statistics of one segment. What is
        done is kept in STATS.work: an interrupted command goes on when it is given again, and ends with the same bytes (docs/calibration.md).
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc calibrate samples/stories --text samples/stories/texts.jsonl -o stories.stats", "128 windows of at most 512 tokens"),
        ("flightc calibrate samples/stories --text samples/stories/texts.jsonl --samples 4 --length 64 --seed 7 -o quick.stats", "a quick one"),
        ("flightc calibrate --merge stories.stats quick.stats -o both.stats", "the means over both"),
        ("flightc calibrate --show stories.stats", "moments, dead inputs and ranks of every matrix"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_text);
        command.Add(_output);
        command.Add(_samples);
        command.Add(_length);
        command.Add(_seed);
        command.Add(_draws);
        command.Add(_merge);
        command.Add(_show);
        command.Add(_threads);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        CalibrateJob job = new(invocation);
        if (arguments.GetValue(_show) is { } shown)
        {
            RequireAlone(arguments, "--show", _show);
            CalibrationReport.WriteDetails(shown, invocation.Output);
        }
        else if (arguments.GetValue(_merge) is { Length: > 0 } merged)
        {
            RequireAlone(arguments, "--merge", _merge, _output);
            string output = arguments.GetValue(_output) ?? throw UsageErrors.Of(Name, "--merge wants -o STATS, where to write");
            job.Merge(merged, output);
            CalibrationReport.WriteSummary(output, [], invocation.Output);
        }
        else
        {
            CalibrateRequest request = Request(arguments);
            CalibrationReport.WriteSummary(request.Output, job.Run(request), invocation.Output);
        }

        return ExitCode.Success;
    }

    private CalibrateRequest Request(ParseResult arguments)
    {
        string model = arguments.GetValue(_model) ?? throw UsageErrors.Of(Name, "MODEL is missing");
        string text = arguments.GetValue(_text) ?? throw UsageErrors.Of(Name, "--text TEXT is missing");
        return new CalibrateRequest(model, text, arguments.GetValue(_output) ?? ModelFile.NameOf(model) + Ending)
        {
            Samples = arguments.GetValue(_samples) ?? WindowChoice.DefaultSamples,
            Length = arguments.GetValue(_length),
            Seed = (ulong)(arguments.GetValue(_seed) ?? 0),
            Draws = arguments.GetValue(_draws) ?? 1,
            Threads = arguments.GetValue(_threads) ?? -1,
        };
    }

    private void RequireAlone(ParseResult arguments, string name, params Symbol[] allowed)
    {
        Symbol[] others = [_model, _text, _output, _samples, _length, _seed, _draws, _merge, _show];
        foreach (Symbol other in others.Except(allowed))
        {
            bool isGiven = other is Option option ? arguments.GetResult(option) is { Implicit: false }
                : arguments.GetResult((Argument)other) is { Tokens.Count: > 0 };
            if (isGiven)
            {
                throw UsageErrors.Of(Name, $"{name} does not go with {other.Name}");
            }
        }
    }
}
