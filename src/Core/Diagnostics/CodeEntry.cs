namespace Flightc.Diagnostics;

/// <summary>
/// What docs/errors.md says about one of <see cref="Codes"/>; Markdown, each a sentence or two without a full
/// stop at the end.
/// </summary>
/// <param name="Code">The code.</param>
/// <param name="Meaning">What is the matter.</param>
/// <param name="Cause">What usually leads to it.</param>
/// <param name="Remedy">What the user can do about it.</param>
public sealed record CodeEntry(string Code, string Meaning, string Cause, string Remedy)
{
    /// <summary>Whether a command can end because of it; notes and warnings let it go on.</summary>
    public bool EndsCommands =>
        !Meaning.StartsWith("note: ", StringComparison.Ordinal) && !Meaning.StartsWith("warning: ", StringComparison.Ordinal);
}
