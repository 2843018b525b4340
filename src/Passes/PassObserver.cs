using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Passes;

/// <summary>
/// Watches a pipeline: dumps, times and, on demand, stops it. One observer serves all pipelines of a
/// compilation.
/// </summary>
/// <remarks>Passes know nothing of it. It writes nothing itself: what is dumped goes to a callback.</remarks>
public sealed class PassObserver
{
    private int _count;

    /// <summary>
    /// Receives a file name, such as <c>02-fuse-gate.graph</c>, and the text; null to dump nothing.
    /// </summary>
    public Action<string, string>? Dump { get; init; }

    /// <summary>
    /// Receives the same file name and what prints the text, whether or not it is dumped: for a report when a
    /// later pass fails.
    /// </summary>
    public Action<string, Func<string>>? Reached { get; init; }

    /// <summary>Receives the name and the wall time of each pass; null where nobody asks.</summary>
    public Action<string, TimeSpan>? Timed { get; init; }

    /// <summary>Whether to verify after each pass.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>The pass to stop after; null to run all.</summary>
    public string? Until { get; init; }

    /// <summary>Whether the pass to stop after has run.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Refuses a pass to stop after that does not exist.</summary>
    /// <param name="known">The names of all passes of the compilation, in order.</param>
    /// <exception cref="CompilationException"><see cref="Codes.Usage"/></exception>
    public void ThrowIfUnknown(IEnumerable<string> known)
    {
        string[] names = [.. known];
        if (Until is not null && !names.Contains(Until, StringComparer.Ordinal))
        {
            throw new CompilationException(
                Codes.Usage, $"no pass is called '{Until}'", help: $"passes are: {string.Join(", ", names)}");
        }
    }

    /// <summary>Notes the result of a pass, or of the stage before the first one.</summary>
    /// <param name="pass">The name.</param>
    /// <param name="extension">Of the artefact: <c>graph</c>.</param>
    /// <param name="text">Prints the artefact; called only if somebody asks.</param>
    /// <param name="elapsed">Wall time; null for what is no pass.</param>
    public void Finished(string pass, string extension, Func<string> text, TimeSpan? elapsed = null)
    {
        if (elapsed is { } time)
        {
            Timed?.Invoke(pass, time);
        }

        string file = string.Create(CultureInfo.InvariantCulture, $"{_count:00}-{pass}.{extension}");
        Reached?.Invoke(file, text);
        Dump?.Invoke(file, text());
        _count++;
        IsStopped |= pass == Until;
    }
}
