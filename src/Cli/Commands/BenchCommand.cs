using System.CommandLine;
using Flightc.Cli.Benchmarking;
using Flightc.Diagnostics;
using Flightc.Runtime.Benchmarking;

namespace Flightc.Cli.Commands;

/// <summary><c>flightc bench</c></summary>
internal sealed class BenchCommand : CommandDefinition
{
    private const int UsualPrompt = 128;
    private const int UsualTokens = 32;
    private const int UsualRuns = 5;

    private readonly Argument<string> _image = Declarations.Image();
    private readonly Option<int?> _prompt = Declarations.Whole(
        "--prompt", "N", $"Tokens of the prompt; {UsualPrompt} where it is left out, or what the context holds", 1);
    private readonly Option<int?> _tokens = Declarations.Whole(
        "--tokens", "N", $"Tokens that a run decodes; {UsualTokens} where it is left out, or what the context holds", 1, "-n");
    private readonly Option<int?> _context = Declarations.Whole(
        "--context", "N", "Tokens that lie before the first decoded one; 0 where it is left out", 0);
    private readonly Option<int?> _runs = Declarations.Whole(
        "--runs", "N", $"How often each is measured; {UsualRuns} where it is left out", 1);
    private readonly Option<string> _vectors = Declarations.Vectors();
    private readonly Option<int?> _threads = Declarations.Threads();

    /// <inheritdoc/>
    public override string Details =>
        """
        Speeds are medians of all runs, after everything was run until its code is compiled for good. Beside them stand the speed of this computer's memory on the same bytes and that of the
        matrix-vector kernel alone, measured in the same process before and after each run; where time goes is measured in steps of its own. Weights and ids are read, no text: images without a
        tokenizer will do. These speeds say nothing about a card; 'flightc estimate' does.
        """;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("flightc bench stories.flight", "a prompt of 128 tokens, and 32 more"),
        ("flightc bench stories.flight --context 448 -j 1", "decoding behind 448 others, on one thread"),
        ("flightc bench stories.flight --vectors avx2 --json", "with narrower vectors, for a script"),
    ];

    /// <inheritdoc/>
    public override void Declare(Command command)
    {
        command.Add(_image);
        command.Add(_prompt);
        command.Add(_tokens);
        command.Add(_context);
        command.Add(_runs);
        command.Add(_vectors);
        command.Add(_threads);
    }

    /// <inheritdoc/>
    public override ExitCode Run(ParseResult arguments, Invocation invocation)
    {
        BenchRequest request = new(
            arguments.GetRequiredValue(_image), arguments.GetValue(_prompt), arguments.GetValue(_tokens),
            arguments.GetValue(_context) ?? 0, arguments.GetValue(_runs) ?? UsualRuns,
            arguments.GetValue(_threads), Declarations.ParseVectors(arguments.GetValue(_vectors)));
        BenchJob job = new(request, UsualPrompt, UsualTokens, invocation);
        (BenchSubject subject, SpeedResult result) = job.Run();
        BenchReport.Write(subject, result, invocation.Output);
        return ExitCode.Success;
    }
}
