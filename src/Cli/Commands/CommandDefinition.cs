using System.CommandLine;
using Flightc.Diagnostics;

namespace Flightc.Cli.Commands;

/// <summary>One command: what can be typed, and what it is bound to. The work is done elsewhere.</summary>
internal abstract class CommandDefinition
{
    /// <summary>The word, as <see cref="CommandTable"/> has it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Lines to copy, each with what it does.</summary>
    public virtual IReadOnlyList<(string Line, string Meaning)> Examples => [];

    /// <summary>A paragraph for the command's own help; may be empty.</summary>
    public virtual string Details => "";

    /// <summary>Declares arguments and options.</summary>
    public abstract void Declare(Command command);

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">Parsed without errors.</param>
    /// <param name="invocation">Everything else.</param>
    public abstract ExitCode Run(ParseResult arguments, Invocation invocation);
}
