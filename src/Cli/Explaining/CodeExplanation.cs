using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Settings;

namespace Flightc.Cli.Explaining;

/// <summary>What docs/errors.md says about a code.</summary>
internal static partial class CodeExplanation
{
    /// <summary>Whether a word looks like a code.</summary>
    public static bool IsCode(string word) => CodeForm().IsMatch(word);

    /// <summary>Writes it to standard output.</summary>
    /// <exception cref="CompilationException">There is no such code (FLC9001).</exception>
    public static void Write(string word, Output output)
    {
        string code = word.ToUpperInvariant();
        CodeEntry entry = CodeDocument.Entries.FirstOrDefault(e => e.Code == code) ?? throw new CompilationException(
            Codes.Usage, $"there is no code {code}{Suggestion.For(code, CodeDocument.Entries.Select(e => e.Code))}", "",
            "docs/errors.md lists all codes");
        int exit = (int)Codes.ExitCodeOf(code);
        if (output.IsJson)
        {
            output.WriteJson(new JsonObject
            {
                ["code"] = entry.Code,
                ["meaning"] = entry.Meaning,
                ["exit_code"] = entry.EndsCommands ? exit : null,
                ["cause"] = entry.Cause,
                ["remedy"] = entry.Remedy,
            });
            return;
        }

        List<(string, string)> facts = [(entry.Code, Plain(entry.Meaning)), ("exit code", entry.EndsCommands ? $"{exit}" : "none: commands go on")];
        if (entry.Cause.Length > 0)
        {
            facts.Add(("likely cause", Plain(entry.Cause)));
        }

        Tables.WriteFacts(output, [.. facts, ("what to do", Plain(entry.Remedy))]);
    }

    // The page is Markdown: a link becomes the file that it names.
    private static string Plain(string markdown) => Link().Replace(markdown, "docs/$1").Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex("^FLC[0-9]{1,9}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CodeForm();

    [GeneratedRegex(@"\[[^\]]*\]\(([^)]*)\)")]
    private static partial Regex Link();
}
