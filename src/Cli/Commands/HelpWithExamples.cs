using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Flightc.Cli.Commands;

/// <summary>The usual help of a command, and below it details and lines to copy.</summary>
/// <param name="usual">The usual help.</param>
/// <param name="definitions">The commands that were declared.</param>
internal sealed class HelpWithExamples(HelpAction usual, IReadOnlyDictionary<Command, CommandDefinition> definitions) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (!definitions.TryGetValue(parseResult.CommandResult.Command, out CommandDefinition? definition))
        {
            RootHelp.Write(output);
            return 0;
        }

        usual.MaxWidth = RootHelp.Width;
        usual.Invoke(parseResult);
        if (definition.Details.Length > 0)
        {
            output.WriteLine(definition.Details);
            output.WriteLine();
        }

        RootHelp.WriteExamples(definition.Examples, output);
        return 0;
    }
}
