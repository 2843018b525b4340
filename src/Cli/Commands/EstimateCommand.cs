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
    private readonly ReportOptions _reports = new(withTrace: true);

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
        _reports.Declare(command);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        CompileRequest request = new(
            arguments.GetRequiredValue(_model), arguments.GetRequiredValue(_target),
            arguments.GetRequiredValue(_recipe), "", arguments.GetValue(_maxLength));
        if (_reports.Read(arguments, request.Model).WriteInsteadOfEstimate(request, invocation))
        {
            return ExitCode.Success;
        }

        Estimate estimate = Estimate.Of(request, invocation);
        invocation.Output.Report(estimate.Warnings);
        estimate.Write(invocation.Output);
        _reports.Read(arguments, request.Model).Write(request, invocation);
        return ExitCode.Success;
    }
}
