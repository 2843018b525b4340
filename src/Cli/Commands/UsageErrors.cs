using System.CommandLine;
using System.CommandLine.Parsing;
using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Cli.Commands;

/// <summary>From what the parser found wrong to diagnostics with a way out.</summary>
internal static class UsageErrors
{
    /// <summary>Every fault of a command line.</summary>
    /// <param name="parsed">With errors, or without a command.</param>
    public static IReadOnlyList<Diagnostic> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command is RootCommand)
        {
            return [WithoutCommand(parsed.UnmatchedTokens.FirstOrDefault(t => !t.StartsWith('-')))];
        }

        string help = $"'flightc {command.Name} --help' shows what can be given";
        List<Diagnostic> errors = [.. parsed.UnmatchedTokens.Select(token => Error(Unmatched(token, command, parsed), help))];

        // The parser repeats what it could not match, in its own words.
        errors.AddRange(
            parsed.Errors.Where(
                e => !parsed.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal)))
            .Select(e => Error(Words(e), help)));
        return errors;
    }

    /// <summary>A command line that names no command.</summary>
    /// <param name="word">What stands where a command is wanted; null for nothing.</param>
    public static Diagnostic WithoutCommand(string? word) => Error(
        word is null
            ? "a command is wanted"
            : $"no command is called '{Excerpt.Of(word)}'{Suggestion.For(word, CommandTable.All.Select(c => c.Name))}",
        "'flightc --help' lists the commands");

    /// <summary>Refuses empty words, as an unset variable of a script leaves them; only a prompt can be empty.</summary>
    /// <exception cref="CompilationException">FLC9001.</exception>
    public static void ThrowIfEmpty(ParseResult parsed)
    {
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            (string name, IReadOnlyList<Token> tokens) = result switch
            {
                ArgumentResult argument => (argument.Argument.Name, argument.Tokens),
                OptionResult { Option.Name: not "--prompt" } option => (option.Option.Name, option.Tokens),
                _ => ("", []),
            };
            if (tokens.Any(t => t.Value.Length == 0))
            {
                throw new CompilationException([Error($"{name} is empty", $"'flightc {parsed.CommandResult.Command.Name} --help' shows what can be given")]);
            }
        }
    }

    /// <summary>A fault that the parser cannot see.</summary>
    /// <param name="command">Name of the command.</param>
    /// <param name="message">What is wrong.</param>
    public static CompilationException Of(string command, string message) =>
        new([Error(message, $"'flightc {command} --help' shows what can be given")]);

    private static string Unmatched(string token, Command command, ParseResult parsed)
    {
        if (!token.StartsWith('-'))
        {
            return $"'{Excerpt.Of(token)}' is one argument too many";
        }

        IEnumerable<string> options = command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(o => o.Recursive)).Select(o => o.Name);
        return $"'{command.Name}' has no option '{Excerpt.Of(token)}'{Suggestion.For(token, options)}";
    }

    private static string Words(ParseError error)
    {
        if (error.SymbolResult is ArgumentResult { Tokens.Count: 0 } argument && argument.Parent is CommandResult)
        {
            return $"{argument.Argument.Name} is missing";
        }

        if (error.SymbolResult is OptionResult { Tokens.Count: 0 } option)
        {
            string value = option.Option.HelpName ?? "a value";
            return option.IdentifierToken is null
                ? $"{option.Option.Name} {value} is missing"
                : $"{option.IdentifierToken.Value} wants {value} behind it";
        }

        string message = error.Message.TrimEnd('.');
        return message.StartsWith("Option ", StringComparison.Ordinal)
            || message.StartsWith("Required ", StringComparison.Ordinal)
            ? char.ToLowerInvariant(message[0]) + message[1..]
            : message;
    }

    private static Diagnostic Error(string message, string help) =>
        new(Codes.Usage, Severity.Error, message, "", help);
}
