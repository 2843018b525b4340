using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Flightc.Cli.Commands;

/// <summary>The usual help, and below it details, lines to copy, and the exit codes.</summary>
/// <param name="usual">The usual help.</param>
/// <param name="definitions">All commands.</param>
internal sealed class HelpWithExamples(HelpAction usual, IReadOnlyDictionary<Command, CommandDefinition> definitions) : SynchronousCommandLineAction
{
    private static readonly (string Line, string Meaning)[] FirstSteps =
    [
        ("flightc check samples/stories", "what is in the model, and whether it can be compiled"),
        ("flightc compile samples/stories -t u280", "into stories.flight"),
        ("flightc run stories.flight -p \"once upon a time\"", "on the emulator"),
    ];

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        usual.MaxWidth = 110;
        usual.Invoke(parseResult);
        if (definitions.TryGetValue(parseResult.CommandResult.Command, out CommandDefinition? definition))
        {
            if (definition.Details.Length > 0)
            {
                output.WriteLine(definition.Details);
                output.WriteLine();
            }

            WriteExamples(definition.Examples, output);
            return 0;
        }

        WriteExamples(FirstSteps, output);
        output.WriteLine("Exit codes:");
        output.WriteLine(
            "  0 done   1 a difference, or a threshold missed   2 wrong use, or a file is missing   3 model, recipe, target or");
        output.WriteLine(
            "  length cannot be accepted   4 an image failed verification   5 a bug of flightc   6 disk, permission or memory");
        output.WriteLine("  130 interrupted");
        return 0;
    }

    private static void WriteExamples(IReadOnlyList<(string Line, string Meaning)> examples, TextWriter output)
    {
        if (examples.Count == 0)
        {
            return;
        }

        output.WriteLine("Examples:");
        foreach ((string line, string meaning) in examples)
        {
            output.WriteLine($"  {line}");
            output.WriteLine($"      {meaning}");
        }

        output.WriteLine();
    }
}
