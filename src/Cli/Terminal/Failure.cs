using System.Text.Json.Nodes;
using Flightc.Diagnostics;

namespace Flightc.Cli.Terminal;

/// <summary>From whatever a command ended with to words and an exit code.</summary>
internal static class Failure
{
    /// <summary>Reports an exception.</summary>
    /// <param name="error">What ended the command.</param>
    /// <param name="output">Where to report.</param>
    /// <param name="reproducer">Used if it is a bug of ours.</param>
    public static ExitCode Report(Exception error, Output output, Reproducer reproducer)
    {
        if (IsInterruption(error))
        {
            output.Errors.WriteLine("interrupted");
            return ExitCode.Interrupted;
        }

        IReadOnlyList<Diagnostic> diagnostics = DiagnosticsOf(error) ?? [Internal(error, reproducer)];
        output.Report(diagnostics);
        if (output.IsVerbose)
        {
            output.Errors.WriteLine(error);
        }

        ExitCode code = Codes.ExitCodeOf(diagnostics.First(d => d.Severity == Severity.Error).Code);
        if (output.IsJson)
        {
            TryWrite(output, new JsonObject { ["diagnostics"] = Json.Of(diagnostics), ["exit_code"] = (int)code });
        }

        return code;
    }

    private static void TryWrite(Output output, JsonObject document)
    {
        try
        {
            output.WriteJson(document);
        }
        catch (IOException)
        {
            // Standard output may be what failed; the exit code tells.
        }
    }

    private static bool IsInterruption(Exception error) =>
        error is OperationCanceledException || (error is AggregateException many && many.Flatten().InnerExceptions.Any(e => e is OperationCanceledException));

    /// <summary>What the user has to know; null where it is a bug of ours.</summary>
    private static IReadOnlyList<Diagnostic>? DiagnosticsOf(Exception error) => error switch
    {
        CompilationException known => known.Diagnostics,

        // Loops over threads collect what their iterations throw, in no certain order.
        AggregateException many when many.Flatten().InnerExceptions.Select(DiagnosticsOf).ToArray() is var parts && parts.All(p => p is not null) =>
            [.. parts.SelectMany(p => p!).Distinct().OrderBy(d => d.Location, StringComparer.Ordinal).ThenBy(d => d.Message, StringComparer.Ordinal)],
        OutOfMemoryException => [new Diagnostic(Codes.OutOfMemory, Severity.Error, "there is not enough memory", "", "close other programs, or use fewer threads with -j")],
        IOException or UnauthorizedAccessException =>
            [new Diagnostic(Codes.CannotWrite, Severity.Error, error.Message, "", "check space and permissions")],
        _ => null,
    };

    private static Diagnostic Internal(Exception error, Reproducer reproducer)
    {
        string? folder = reproducer.TryWrite(error);
        string help = folder is null
            ? "please report it; no folder could be written with what is needed to repeat it"
            : $"please report it with the folder {folder}, which has what is needed to repeat it";
        return new Diagnostic(
            Codes.Internal, Severity.Error, $"internal error: {Excerpt.Of(error.Message)}",
            reproducer.LastPass, help);
    }
}
