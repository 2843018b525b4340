using Flightc.Diagnostics;

namespace Flightc.Chat;

/// <summary>The text of a template with its name, for messages with line and column.</summary>
/// <param name="text">With line feeds only.</param>
/// <param name="location">The file.</param>
internal sealed class TemplateSource(string text, string location)
{
    private const int MaximumQuote = 200;

    /// <summary>The text.</summary>
    public string Text { get; } = text;

    /// <summary>The file.</summary>
    public string Location { get; } = location;

    /// <summary>An error at a place.</summary>
    /// <param name="position">In UTF-16 units.</param>
    /// <param name="problem">What was found and what was wanted.</param>
    /// <param name="code">FLC1303 where the template is at fault.</param>
    /// <param name="help">What the user can do.</param>
    public CompilationException Error(
        int position, string problem, string code = Codes.ChatTemplateInvalid,
        string help = "write the prompt in the model's own form without --chat; docs/tokenizers.md says what templates may use")
    {
        ReadOnlySpan<char> before = Text.AsSpan(0, Math.Min(position, Text.Length));
        int line = before.Count('\n') + 1;
        int column = before.Length - before.LastIndexOf('\n');
        string message = problem.Length <= MaximumQuote ? problem : $"{problem.AsSpan(0, MaximumQuote)}...";
        return new CompilationException(code, message, $"{Location}:{line}:{column}", help);
    }
}
