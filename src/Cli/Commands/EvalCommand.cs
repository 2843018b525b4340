using System.CommandLine;
using Flightc.Cli.Running;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc eval</c></summary>
internal sealed class EvalCommand : CommandDefinition
{
    private readonly Argument<string[]> _images = new("IMAGE") { Arity = ArgumentArity.OneOrMore, Description = "Compiled .flight files of one model" };
    private readonly Option<string> _text = Declarations.Text(
        "--text", "TEXT",
        "Plain text (one record), or .jsonl with a record per line: {\"text\": ...} or {\"ids\": [...]}",
        required: true);
    private readonly Option<string> _reference = Declarations.Text(
        "--reference", "MODEL",
        "The model that the images were made of; it runs in binary32 and is what they are compared with");
    private readonly Option<int?> _records = Declarations.Whole("--records", "N", "Take the first N records only", 1);
    private readonly Option<bool> _join = new("--join")
    {
        Description = "Join the records, one behind the other, and cut them into whole windows: for what shows at long contexts only",
    };
    private readonly Option<int?> _threads = Declarations.Threads();

    /// <inheritdoc/>
    public override string Name => "eval";

    /// <inheritdoc/>
    public override string Description =>
        "Measure the quality of images on a text: perplexity, KL divergence, top-1 agreement";

    /// <inheritdoc/>
    public override string Details =>
        """
        KL is the mean of KL(reference || image) over all scored tokens, in nats: the measure that separates methods. Standard errors are those
        of paired differences, clustered by record. Numbers compare where protocol and text are equal.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc eval stories.flight --text samples/stories/texts.jsonl --reference samples/stories", "an image against its model"),
        ("flightc eval w4.flight w8.flight --text samples/stories/texts.jsonl --reference samples/stories", "two images of one model"),
        ("flightc eval stories.flight --text samples/stories/texts.jsonl --records 3 --json", "perplexity alone, for a script"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_images);
        command.Add(_text);
        command.Add(_reference);
        command.Add(_records);
        command.Add(_join);
        command.Add(_threads);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        EvalRequest request = new(
            arguments.GetRequiredValue(_images), arguments.GetRequiredValue(_text),
            arguments.GetValue(_reference), arguments.GetValue(_records),
            arguments.GetValue(_threads) ?? Environment.ProcessorCount, arguments.GetValue(_join));
        using EvalJob job = new(request, invocation);
        EvalReport.Write(job.Run(), request, invocation.Output);
        return ExitCode.Success;
    }
}
