using System.CommandLine;
using Flightc.Cli.Compiling;
using Flightc.Cli.Explaining;
using Flightc.Cli.Reports;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc explain</c></summary>
internal sealed class ExplainCommand : CommandDefinition
{
    private readonly Argument<string> _what = new("IMAGE|CODE") { Description = "A compiled .flight file, a model as 'compile' takes it, or the code of an error" };

    private readonly Argument<string?> _name = new("NAME")
    {
        Description = "A weight by role or by its name in the checkpoint, an operator, or what several begin with",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _target = Declarations.Target(required: false);
    private readonly Option<string> _recipe = Declarations.Recipe();
    private readonly Option<int?> _maxLength = Declarations.MaxLength();

    /// <inheritdoc/>
    public override string Details =>
        "Everything about an image is read from the image. Times are simulated, and need the target that the image names. Recipe and length are for models.";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc explain stories.flight layers.3.mlp.down", "a weight: precision, tiles, addresses, instructions, cycles"),
        ("flightc explain stories.flight layers.3.attn", "everything of a layer's attention"),
        ("flightc explain llama2-7b/config.json lm_head.weight -t u280", "a model that is not compiled yet"),
        ("flightc explain FLC1003", "what a code means, and what to do"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_what);
        command.Add(_name);
        command.Add(_target);
        command.Add(_recipe);
        command.Add(_maxLength);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        string what = arguments.GetRequiredValue(_what);
        string? name = arguments.GetValue(_name);
        if (name is null && CodeExplanation.IsCode(what))
        {
            CodeExplanation.Write(what, invocation.Output);
            return ExitCode.Success;
        }

        bool isImage = ModelFile.IsImage(what);
        bool isForModel = arguments.GetResult(_recipe) is { Implicit: false } || arguments.GetValue(_maxLength) is not null;
        if (name is null || (isImage && isForModel))
        {
            throw new CompilationException(
                Codes.Usage, name is null ? "NAME is missing: what is to be explained" : "an image has its recipe and its length already", what,
                name is null ? "name a tensor or an operator, such as layers.0.mlp.down; a code, such as FLC1003, can stand alone" : "leave out --recipe and --max-length");
        }

        string target = arguments.GetValue(_target) ?? (isImage ? "" : Targets.Target.Default);
        CompileRequest request = new(what, target, arguments.GetRequiredValue(_recipe), "", arguments.GetValue(_maxLength));
        using Subject subject = Subject.Open(request, invocation);
        Explained explained = Explained.Of(subject, name, invocation.Token);
        invocation.Output.Report(subject.Warnings);
        if (invocation.Output.IsJson)
        {
            invocation.Output.WriteJson(ExplainJson.Of(subject, explained));
        }
        else
        {
            ExplainText.Write(subject, explained, invocation.Output);
        }

        return ExitCode.Success;
    }
}
