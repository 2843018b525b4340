using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flightc.Diagnostics;
using Spectre.Console;

namespace Flightc.Cli.Terminal;

/// <summary>Where a command's words go: results to standard output, everything else to standard error.</summary>
/// <param name="standardOutput">Results.</param>
/// <param name="standardError">Diagnostics, progress, logs.</param>
/// <param name="capabilities">What stands behind the two.</param>
internal sealed class Output(TextWriter standardOutput, TextWriter standardError, TerminalCapabilities capabilities)
{
    private const int NoTerminalWidth = 200;

    private static readonly JsonWriterOptions JsonStyle = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private IAnsiConsole? _errors;

    /// <summary>Results.</summary>
    public TextWriter Results { get; } = standardOutput;

    /// <summary>Diagnostics, progress, logs.</summary>
    public TextWriter Errors { get; } = standardError;

    /// <summary>Whether results are one JSON document.</summary>
    public bool IsJson { get; set; }

    /// <summary>Whether only results and diagnostics are wanted.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Whether details are wanted, stack traces among them.</summary>
    public bool IsVerbose { get; set; }

    /// <summary>Whether a progress bar may be drawn: on a terminal, unless quiet.</summary>
    public bool ShowsProgress => capabilities.IsErrorTerminal && !IsQuiet;

    /// <summary>Formats text that is going to standard output.</summary>
    /// <remarks>Without colours there are no control sequences at all.</remarks>
    public IAnsiConsole ConsoleFor(TextWriter text) =>
        Create(text, capabilities.IsOutputTerminal, capabilities.IsOutputTerminal && capabilities.HasColor);

    /// <summary>Standard error for progress bars.</summary>
    public IAnsiConsole ErrorConsole =>
        _errors ??= Create(Errors, capabilities.IsErrorTerminal, capabilities.IsErrorTerminal);

    /// <summary>Says on standard error what was done, unless quiet.</summary>
    public void Say(string line)
    {
        if (IsQuiet)
        {
            return;
        }

        // On a terminal the two streams are one text.
        Results.Flush();
        Errors.WriteLine(line);
        Errors.Flush();
    }

    /// <summary>Says on standard error what only the curious want to know.</summary>
    public void Detail(string line)
    {
        if (IsVerbose)
        {
            Errors.WriteLine(line);
        }
    }

    /// <summary>Reports a diagnostic on standard error; notes and warnings not where the user wants quiet.</summary>
    public void Report(Diagnostic diagnostic)
    {
        if (IsQuiet && diagnostic.Severity != Severity.Error)
        {
            return;
        }

        if (!capabilities.IsErrorTerminal || !capabilities.HasColor)
        {
            Errors.WriteLine(diagnostic);
            return;
        }

        (string kind, string color) = diagnostic.Severity switch
        {
            Severity.Note => ("note", "\e[36m"),
            Severity.Warning => ("warning", "\e[33m"),
            Severity.Error => ("error", "\e[31m"),
        };
        StringBuilder line = new();
        line.Append("\e[1m").Append(diagnostic.Location).Append(diagnostic.Location.Length == 0 ? "" : ": ");
        line.Append(color).Append(kind).Append(' ').Append(diagnostic.Code).Append("\e[0m: ").Append(
            diagnostic.Message);
        Errors.WriteLine(line);
        if (diagnostic.Help.Length > 0)
        {
            Errors.WriteLine($"  \e[32mhelp\e[0m: {diagnostic.Help}");
        }
    }

    /// <summary>Reports several diagnostics, each once.</summary>
    public void Report(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics.Distinct())
        {
            Report(diagnostic);
        }

        Errors.Flush();
    }

    /// <summary>Writes the result for machines: one JSON document.</summary>
    public void WriteJson(JsonNode document)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, JsonStyle))
        {
            document.WriteTo(writer);
        }

        Results.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
        Results.Flush();
    }

    private IAnsiConsole Create(TextWriter writer, bool isTerminal, bool hasAnsi)
    {
        bool color = isTerminal && capabilities.HasColor;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasAnsi && capabilities.HasAnsi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = isTerminal ? Math.Max(40, capabilities.Width) : NoTerminalWidth;
        console.Profile.Capabilities.Unicode = isTerminal;
        return console;
    }
}
