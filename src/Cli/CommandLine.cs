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
/// Only commands whose names are typed are declared: that, and the parser itself, take longer to compile at every start than
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
            List<CommandEntry> named = [];
            foreach (CommandEntry entry in CommandTable.All)
            {
                if (arguments.Contains(entry.Name))
                {
                    named.Add(entry);
                }
            }

            code = named.Count == 0
                ? RunRoot(arguments, output)
                : Run(arguments, named, output, new Invocation(output, interruption, reproducer));
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
        string? word = null;
        bool isHelp = false, isVersion = false;
        foreach (string argument in arguments)
        {
            output.IsJson |= argument == RootOptions.Json;
            isHelp |= RootOptions.IsHelp(argument);
            isVersion |= argument == RootOptions.Version;
            word ??= argument.StartsWith('-') ? null : argument;
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
            throw new CompilationException([UsageErrors.WithoutCommand(word)]);
        }

        return ExitCode.Success;
    }

    private static void WriteVersion(TextWriter output) => output.WriteLine(
        $"flightc {ToolVersion.Current} (instruction set {MachineProgram.IsaVersion}, image format {ImageManifest.FormatVersion})");

    private static ExitCode Run(
        IReadOnlyList<string> arguments, IReadOnlyList<CommandEntry> named, Output output, Invocation invocation)
    {
        Dictionary<Command, CommandDefinition> definitions = [];
        RootCommand root = CreateRoot(
            named, definitions, out Option<bool> json, out Option<bool> quiet, out Option<bool> verbose);

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

        if (parsed.Errors.Count > 0 || !definitions.ContainsKey(parsed.CommandResult.Command))
        {
            throw new CompilationException(UsageErrors.Of(parsed));
        }

        UsageErrors.ThrowIfEmpty(parsed);
        return definitions[parsed.CommandResult.Command].Run(parsed, invocation);
    }

    private static RootCommand CreateRoot(
        IReadOnlyList<CommandEntry> named, Dictionary<Command, CommandDefinition> definitions, out Option<bool> json,
        out Option<bool> quiet, out Option<bool> verbose)
    {
        RootCommand root = new(RootHelp.Description);
        root.Directives.Clear();
        json = new(RootOptions.Json) { Description = RootOptions.JsonMeaning, Recursive = true };
        quiet = new(RootOptions.Quiet, RootOptions.QuietAlias) { Description = RootOptions.QuietMeaning, Recursive = true };
        verbose = new(RootOptions.Verbose, RootOptions.VerboseAlias) { Description = RootOptions.VerboseMeaning, Recursive = true };
        root.Add(json);
        root.Add(quiet);
        root.Add(verbose);
        foreach (CommandEntry entry in named)
        {
            Command command = new(entry.Name, entry.Description);
            CommandDefinition definition = entry.Create();
            definition.Name = entry.Name;
            definition.Declare(command);
            definitions.Add(command, definition);
            root.Add(command);
        }

        foreach (Option option in root.Options)
        {
            if (option is HelpOption help)
            {
                help.Action = new HelpWithExamples((HelpAction)help.Action!, definitions);
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
