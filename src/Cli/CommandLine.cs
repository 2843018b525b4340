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
internal static class CommandLine
{
    /// <summary>All commands, in the order of a working day. Each is made when it is needed.</summary>
    private static readonly Func<CommandDefinition>[] Commands =
    [
        () => new CheckCommand(), () => new CalibrateCommand(), () => new CompileCommand(), () => new RunCommand(), () => new EvalCommand(),
        () => new EstimateCommand(), () => new ExploreCommand(), () => new AllocateCommand(),
        () => new ExportCommand(),
        () => new InspectCommand(), () => new DisasmCommand(), () => new ExplainCommand(),
        () => new VerifyCommand(), () => new CacheCommand(), () => new TargetsCommand(), () => new RecipesCommand(),
    ];

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
            code = Run(arguments, output, new Invocation(output, interruption, reproducer));
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

    private static ExitCode Run(IReadOnlyList<string> arguments, Output output, Invocation invocation)
    {
        Dictionary<Command, CommandDefinition> definitions = [];
        RootCommand root = CreateRoot(
            definitions, out Option<bool> json, out Option<bool> quiet, out Option<bool> verbose);

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

        if (parsed.Errors.Count > 0)
        {
            throw new CompilationException(UsageErrors.Of(parsed, [.. root.Subcommands.Select(c => c.Name)]));
        }

        UsageErrors.ThrowIfEmpty(parsed);
        return definitions[parsed.CommandResult.Command].Run(parsed, invocation);
    }

    private static RootCommand CreateRoot(
        Dictionary<Command, CommandDefinition> definitions, out Option<bool> json, out Option<bool> quiet,
        out Option<bool> verbose)
    {
        RootCommand root = new(
            "flightc compiles large language models for FPGA cards: one command turns a model into one file that a card, or the emulator on any machine, executes.");
        root.Directives.Clear();
        json = new("--json") { Description = "Write the result as one JSON document to standard output, and nothing else there", Recursive = true };
        quiet = new("--quiet", "-q") { Description = "Write only what was asked for, and errors; no report, no progress, no warnings", Recursive = true };
        verbose = new("--verbose", "-v") { Description = "Write details, such as the time of each pass", Recursive = true };
        root.Add(json);
        root.Add(quiet);
        root.Add(verbose);
        foreach (CommandDefinition definition in Commands.Select(create => create()))
        {
            Command command = new(definition.Name, definition.Description);
            definition.Declare(command);
            definitions.Add(command, definition);
            root.Add(command);
        }

        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, definitions);
        root.Options.OfType<VersionOption>().Single().Action = new VersionText();
        return root;
    }

    private sealed class VersionText : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(
                $"flightc {ToolVersion.Current} (instruction set {MachineProgram.IsaVersion}, image format {ImageManifest.FormatVersion})");
            return 0;
        }
    }
}
