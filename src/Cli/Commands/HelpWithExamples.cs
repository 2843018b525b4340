using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Flightc.Cli.Commands;

/// <summary>The usual help of a command, and below it details and lines to copy.</summary>
/// <param name="usual">The usual help.</param>
/// <param name="definition">The command.</param>
internal sealed class HelpWithExamples(HelpAction usual, CommandDefinition definition) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is RootCommand)
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
