using System.CommandLine;
using Flightc.Cli.Compiling;
using Flightc.Cli.Oracles;
using Flightc.Diagnostics;
using Flightc.Oracle;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc check</c></summary>
internal sealed class CheckCommand : CommandDefinition
{
    private readonly Argument<string> _model = Declarations.Model();
    private readonly Option<int?> _maxLength = Declarations.MaxLength();
    private readonly Option<bool> _weights = new("--weights")
    {
        Description = "Read every weight too, so that one that is not a number shows here and not after minutes of compiling",
    };
    private readonly Option<bool> _oracle = new("--oracle")
    {
        Description = "Run the model by ONNX Runtime too, and compare the logits (docs/oracle.md)",
    };

    private readonly Option<string?> _library = Declarations.Text(
        "--onnxruntime", "PATH", "For --oracle: ONNX Runtime's library or its folder, in the place of the one that is found")!;
    private readonly Option<string?> _text = Declarations.Text("--text", "TEXT", "For --oracle: a text, of which the first record is run; random ids where it is left out")!;
    private readonly Option<int?> _tokens = Declarations.Whole(
        "--tokens", "N", $"For --oracle: the most tokens; {OracleRequest.DefaultTokens} where it is left out", 1);

    /// <inheritdoc/>
    public override string Details =>
        "Headers and settings are read and no weight, so that files of any size are checked at once; --weights reads all of them.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc check samples/stories", "for people"), ("flightc check samples/stories --json", "for scripts: 'is_supported' and all 'diagnostics'"),
        ("flightc check model.onnx", "an ONNX file: what it computes, or every node that stands in the way"),
        ("flightc check samples/stories --weights", "and look for weights that are not numbers"),
        ("flightc check samples/stories --oracle", "and whether ONNX Runtime agrees; the exit code is 1 where it does not"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_maxLength);
        command.Add(_weights);
        command.Add(_oracle);
        command.Add(_library);
        command.Add(_text);
        command.Add(_tokens);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string model = arguments.GetRequiredValue(_model);
        OracleRequest request = new(model, arguments.GetValue(_library), arguments.GetValue(_text), arguments.GetValue(_tokens) ?? OracleRequest.DefaultTokens)
        {
            MaxLength = arguments.GetValue(_maxLength),
        };

        // Whether it is there at all is told before anything is read.
        using IOracle? oracle = IsOracleWanted(arguments, request) ? OracleCheck.Load(request.Library) : null;
        ModelCheck check = ModelCheck.Of(model, arguments.GetValue(_maxLength), arguments.GetValue(_weights), invocation);
        OracleFinding? finding = oracle is not null && check.ExitCode == ExitCode.Success ? new OracleCheck(oracle, invocation).Run(request) : null;
        check.Write(invocation.Output, finding);
        return finding is { IsSame: false } ? ExitCode.Difference : check.ExitCode;
    }

    private bool IsOracleWanted(ParseResult arguments, OracleRequest request)
    {
        bool isWanted = arguments.GetValue(_oracle);
        if (!isWanted && (request.Library is not null || request.Text is not null || arguments.GetValue(_tokens) is not null))
        {
            throw UsageErrors.Of(Name, "--onnxruntime, --text and --tokens say how to compare with ONNX Runtime: give --oracle too");
        }

        return isWanted;
    }
}
