using System.CommandLine;
using Flightc.Cli.Compiling;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc estimate</c></summary>
internal sealed class EstimateCommand : CommandDefinition
{
    private readonly Argument<string> _model = Declarations.Model();
    private readonly Option<string> _target = Declarations.Target(required: true);
    private readonly Option<string> _recipe = Declarations.Recipe();
    private readonly Option<int?> _maxLength = Declarations.MaxLength();

    /// <inheritdoc/>
    public override string Name => "estimate";

    /// <inheritdoc/>
    public override string Description =>
        "Say what a compiled model takes of a machine, without weights and without an image";

    /// <inheritdoc/>
    public override string Details =>
        "Everything but the contents of the weights is compiled, so sizes and instructions are exact. What does not fit is a warning here.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc estimate samples/stories -t u280", "a whole checkpoint"),
        ("flightc estimate llama2-7b/config.json -t u280 --max-length 4096", "a config.json from a hub is enough"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_target);
        command.Add(_recipe);
        command.Add(_maxLength);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        CompileRequest request = new(
            arguments.GetRequiredValue(_model), arguments.GetRequiredValue(_target),
            arguments.GetRequiredValue(_recipe), "", arguments.GetValue(_maxLength));
        Estimate estimate = Estimate.Of(request, invocation);
        invocation.Output.Report(estimate.Warnings);
        estimate.Write(invocation.Output);
        return ExitCode.Success;
    }
}
