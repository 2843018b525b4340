using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Flightc.Cli.Commands;
using Flightc.Cli.Terminal;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Cli;

/// <summary>Everything between the words of a command line and an exit code.</summary>
/// <remarks>
/// Only the command that is typed is declared: declaring all, and the parser itself, take longer to compile at every start than
/// everything else that help and version need.
/// </remarks>
internal static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">Without the name of the program.</param>
    /// <param name="standardOutput">Receives results; flushed, not closed.</param>
    /// <param name="standardError">Receives everything else.</param>
    /// <param name="capabilities">What stands behind the two.</param>
    /// <param name="interruption">Asks the command to stop.</param>
    public static ExitCode Run(
        IReadOnlyList<string> arguments, TextWriter standardOutput, TextWriter standardError,
        TerminalCapabilities capabilities, Interruption interruption)
    {
        Output output = new(standardOutput, standardError, capabilities);
        Reproducer reproducer = new(arguments);
        ExitCode code;
        try
        {
            code = NamedBy(arguments) is { } entry
                ? Run(arguments, entry, output, new Invocation(output, interruption, reproducer))
                : RunRoot(arguments, output);
            standardOutput.Flush();
        }
#pragma warning disable CA1031 // Nothing may reach the user as a stack trace: whatever ends a command is told in words here.
        catch (Exception e)
#pragma warning restore CA1031
        {
            code = Failure.Report(e, output, reproducer);
            Flush(standardOutput);
        }

        return code;
    }

    // No option in front of a command has a value, so that the first word is the command.
    private static CommandEntry? NamedBy(IReadOnlyList<string> arguments)
    {
        string? word = WordOf(arguments);
        foreach (CommandEntry entry in CommandTable.All)
        {
            if (entry.Name == word)
            {
                return entry;
            }
        }

        return null;
    }

    private static string? WordOf(IReadOnlyList<string> arguments)
    {
        foreach (string argument in arguments)
        {
            if (!argument.StartsWith('-'))
            {
                return argument;
            }
        }

        return null;
    }

    private static void Flush(TextWriter output)
    {
        try
        {
            output.Flush();
        }
        catch (IOException)
        {
            // What ended the command is told already.
        }
    }

    // What can be typed without a command.
    private static ExitCode RunRoot(IReadOnlyList<string> arguments, Output output)
    {
        bool isHelp = false, isVersion = false;
        foreach (string argument in arguments)
        {
            output.IsJson |= argument == RootOptions.Json;
            isHelp |= RootOptions.IsHelp(argument);
            isVersion |= argument == RootOptions.Version;
        }

        if (isVersion)
        {
            WriteVersion(output.Results);
        }
        else if (isHelp)
        {
            RootHelp.Write(output.Results);
        }
        else
        {
            throw new CompilationException([UsageErrors.WithoutCommand(WordOf(arguments))]);
        }

        return ExitCode.Success;
    }

    private static void WriteVersion(TextWriter output) => output.WriteLine(
        $"flightc {ToolVersion.Current} (instruction set {MachineProgram.IsaVersion}, image format {ImageManifest.FormatVersion})");

    private static ExitCode Run(
        IReadOnlyList<string> arguments, CommandEntry entry, Output output, Invocation invocation)
    {
        CommandDefinition definition = entry.Create();
        definition.Name = entry.Name;
        RootCommand root = CreateRoot(
            entry, definition, out Option<bool> json, out Option<bool> quiet, out Option<bool> verbose);

        // '@' begins texts to be continued, not names of files with more arguments.
        ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        output.IsJson = parsed.GetValue(json);
        output.IsQuiet = parsed.GetValue(quiet);
        output.IsVerbose = parsed.GetValue(verbose);
        if (parsed.Action is not (null or ParseErrorAction))
        {
            InvocationConfiguration streams = new() { Output = output.Results, Error = output.Errors, EnableDefaultExceptionHandler = false };
            parsed.Invoke(streams);
            return ExitCode.Success;
        }

        if (parsed.Errors.Count > 0 || parsed.CommandResult.Command == root)
        {
            throw new CompilationException(UsageErrors.Of(parsed));
        }

        UsageErrors.ThrowIfEmpty(parsed);
        return definition.Run(parsed, invocation);
    }

    private static RootCommand CreateRoot(
        CommandEntry entry, CommandDefinition definition, out Option<bool> json, out Option<bool> quiet, out Option<bool> verbose)
    {
        RootCommand root = new(RootHelp.Description);
        root.Directives.Clear();
        json = new(RootOptions.Json) { Description = RootOptions.JsonMeaning, Recursive = true };
        quiet = new(RootOptions.Quiet, RootOptions.QuietAlias) { Description = RootOptions.QuietMeaning, Recursive = true };
        verbose = new(RootOptions.Verbose, RootOptions.VerboseAlias) { Description = RootOptions.VerboseMeaning, Recursive = true };
        root.Add(json);
        root.Add(quiet);
        root.Add(verbose);
        Command command = new(entry.Name, entry.Description);
        definition.Declare(command);
        root.Add(command);
        foreach (Option option in root.Options)
        {
            if (option is HelpOption help)
            {
                help.Action = new HelpWithExamples((HelpAction)help.Action!, definition);
            }
            else if (option is VersionOption version)
            {
                version.Action = new VersionText();
            }
        }

        return root;
    }

    private sealed class VersionText : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            WriteVersion(parseResult.InvocationConfiguration.Output);
            return 0;
        }
    }
}
