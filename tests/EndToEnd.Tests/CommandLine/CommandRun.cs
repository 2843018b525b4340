using System.Text.Json;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Tests;

/// <summary>A command line that was run within this process.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandRun(ExitCode Code, string Output, string Error)
{
    /// <summary>Standard output as JSON.</summary>
    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Runs a command line without a terminal.</summary>
    public static CommandRun Of(params string[] arguments)
    {
        using Interruption interruption = new();
        return Of(interruption, TerminalCapabilities.None, arguments);
    }

    /// <summary>Runs a command line.</summary>
    public static CommandRun Of(Interruption interruption, TerminalCapabilities capabilities, params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        ExitCode code = Cli.CommandLine.Run(arguments, output, error, capabilities, interruption);
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Requires success, and says why not otherwise.</summary>
    public CommandRun Succeeds()
    {
        Assert.True(Code == ExitCode.Success, $"exit code {Code}: {Error}");
        return this;
    }

    /// <summary>Requires a failure with that exit code and a diagnostic of that code, and no stack trace.</summary>
    public CommandRun FailsWith(ExitCode code, string diagnostic)
    {
        Assert.True(Code == code, $"exit code {Code}: {Error}");
        Assert.Contains($"error {diagnostic}: ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        return this;
    }
}
