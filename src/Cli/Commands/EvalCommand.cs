using System.CommandLine;
using Flightc.Cli.Layers;
using Flightc.Cli.Running;
using Flightc.Cli.Terminal;
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
    private readonly Option<bool> _perRecord = new("--per-record") { Description = "Give the sums of every record too, for paired comparisons with anything else" };
    private readonly Option<bool> _layers = new("--layers")
    {
        Description = "Compare every operator with the reference, and with what the image should compute: name the first bad one, and mistakes of the compiler",
    };

    private readonly Option<int?> _layerTokens = Declarations.Whole(
        "--layer-tokens", "N", $"Compare operators on the first N scored tokens; {LayerOptions.DefaultTokens} where it is left out", 1);
    private readonly Option<double?> _layerError = Declarations.Real(
        "--layer-error", "X", $"An operator with a larger relative error is bad; {Quantity.Real(LayerOptions.DefaultRelativeLimit, 1)} where it is left out",
        x => x >= 0, "a number from 0");
    private readonly Option<double?> _layerCosine = Declarations.Real(
        "--layer-cosine", "X", $"An operator with a smaller cosine is bad; {Quantity.Real(LayerOptions.DefaultCosineLimit, 1)} where it is left out",
        x => x is >= -1 and <= 1, "a number from -1 to 1");
    private readonly Option<string> _vectors = Declarations.Vectors();
    private readonly Option<int?> _threads = Declarations.Threads();

    /// <inheritdoc/>
    public override string Details =>
        """
        KL is the mean of KL(reference || image) over all scored tokens, in nats: the measure that separates methods. Standard errors are those
        of paired differences, clustered by record. Numbers compare where protocol and text are equal.
        Several images are compared with the first: the difference of their KL on the same tokens, and its standard error.
        With --layers the exit code is 1 where an image computes something else than its graph and its weights say.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc eval stories.flight --text samples/stories/texts.jsonl --reference samples/stories", "an image against its model"),
        ("flightc eval w4.flight w8.flight --text samples/stories/texts.jsonl --reference samples/stories", "two images of one model"),
        ("flightc eval w4.flight --text samples/stories/texts.jsonl --reference samples/stories --layers", "where the error comes from"),
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
        command.Add(_perRecord);
        command.Add(_layers);
        command.Add(_layerTokens);
        command.Add(_layerError);
        command.Add(_layerCosine);
        command.Add(_vectors);
        command.Add(_threads);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        EvalRequest request = new(
            arguments.GetRequiredValue(_images), arguments.GetRequiredValue(_text),
            arguments.GetValue(_reference), arguments.GetValue(_records),
            arguments.GetValue(_threads) ?? Environment.ProcessorCount,
            arguments.GetValue(_join), arguments.GetValue(_perRecord), Layers(arguments),
            Declarations.ParseVectors(arguments.GetValue(_vectors)));
        using EvalJob job = new(request, invocation);
        IReadOnlyList<EvaluatedImage> images = job.Run();
        EvalReport.Write(images, request, invocation.Output);
        return images.Any(i => i.Layers?.FirstDifference is not null) ? ExitCode.Difference : ExitCode.Success;
    }

    private LayerOptions? Layers(ParseResult arguments)
    {
        LayerOptions options = new(
            arguments.GetValue(_layerTokens) ?? LayerOptions.DefaultTokens,
            arguments.GetValue(_layerError) ?? LayerOptions.DefaultRelativeLimit,
            arguments.GetValue(_layerCosine) ?? LayerOptions.DefaultCosineLimit);
        if (!arguments.GetValue(_layers))
        {
            return null;
        }

        return arguments.GetValue(_reference) is not null
            ? options
            : throw new CompilationException(
                Codes.Usage, "--layers compares operators with those of the model, and none is named", "--layers",
                "name the model that the image was made of with --reference");
    }
}
