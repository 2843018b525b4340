using System.CommandLine;
using Flightc.Cli.Compiling;
using Flightc.Diagnostics;

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

    /// <inheritdoc/>
    public override string Name => "check";

    /// <inheritdoc/>
    public override string Description =>
        "Say what is in a model and whether it can be compiled; all problems at once";

    /// <inheritdoc/>
    public override string Details =>
        "Headers and settings are read and no weight, so that files of any size are checked at once; --weights reads all of them.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
        [("flightc check samples/stories", "for people"), ("flightc check samples/stories --json", "for scripts: 'is_supported' and all 'diagnostics'"), ("flightc check samples/stories --weights", "and look for weights that are not numbers")];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_model);
        command.Add(_maxLength);
        command.Add(_weights);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        ModelCheck check = ModelCheck.Of(
            arguments.GetRequiredValue(_model), arguments.GetValue(_maxLength), arguments.GetValue(_weights), invocation);
        check.Write(invocation.Output);
        return check.ExitCode;
    }
}
