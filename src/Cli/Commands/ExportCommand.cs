using System.CommandLine;
using Flightc.Cli.Compiling;
using Flightc.Cli.Exporting;
using Flightc.Diagnostics;
using Flightc.Export;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc export</c></summary>
internal sealed class ExportCommand : CommandDefinition
{
    private readonly Argument<string> _model = Declarations.Model();
    private readonly Option<string> _output = Declarations.Text(
        "--output", "FILE", "Where to write the model; NAME.onnx in the current folder where it is left out. Its weights go to FILE.data", false, "-o");
    private readonly Option<string> _recipe = Declarations.Text(
        "--recipe", "RECIPE", "Export what a compiled image computes: a name that 'flightc recipes' lists, or the path of a .yaml file; the float model where it is left out", false, "-r");
    private readonly Option<string> _calibration = Declarations.Text(
        "--calibration", "TEXT|STATS", "For --recipe: a text like that which the model will see, or what 'flightc calibrate' made of one");
    private readonly Option<bool> _noPast = new("--no-past") { Description = "Leave out keys and values of earlier tokens: every run begins a sequence" };
    private readonly Option<int?> _opset = Declarations.Whole(
        "--opset", "N", $"The version of ONNX's operators, {ExportOptions.LeastOpset} to {ExportOptions.MostOpset}; {ExportOptions.DefaultOpset} where it is left out", 1);
    private readonly Option<int?> _maxLength = Declarations.MaxLength();
    private readonly Option<int?> _threads = Declarations.Threads();

    /// <inheritdoc/>
    public override string Details =>
        "Only standard operators are used. With --recipe the file computes what a compiled image does: codes are its weights, and every sum and rounding of docs/numerics.md is spelled out.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc export samples/stories -o stories.onnx", "the float model, with keys and values of earlier tokens"),
        ("flightc export samples/stories -o prompt.onnx --no-past --opset 21", "for whole texts at once"),
        ("flightc export samples/stories -o w8.onnx -r w8", "what an image of the recipe w8 computes"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_output);
        command.Add(_recipe);
        command.Add(_calibration);
        command.Add(_noPast);
        command.Add(_opset);
        command.Add(_maxLength);
        command.Add(_threads);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string model = arguments.GetRequiredValue(_model);
        ExportRequest request = new(
            model, arguments.GetValue(_output) ?? $"{ModelFile.NameOf(model)}.onnx",
            new ExportOptions(arguments.GetValue(_opset) ?? ExportOptions.DefaultOpset, !arguments.GetValue(_noPast)),
            arguments.GetValue(_recipe), arguments.GetValue(_calibration), arguments.GetValue(_maxLength), arguments.GetValue(_threads) ?? -1);
        if (request.Calibration is not null && request.Recipe is null)
        {
            throw UsageErrors.Of("export", "--calibration says how weights are stored, and the float model stores them as they are: give --recipe too");
        }

        ExportResult result = new ExportJob(invocation).Run(request);
        invocation.Output.Report(result.Warnings);
        ExportReport.Write(request, result, invocation.Output);
        return ExitCode.Success;
    }
}
