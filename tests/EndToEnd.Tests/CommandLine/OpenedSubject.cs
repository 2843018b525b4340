using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;

namespace Flightc.Tests;

/// <summary>A model or an image, opened as the commands open it, without words.</summary>
internal sealed class OpenedSubject : IDisposable
{
    private readonly Interruption _interruption = new();

    public OpenedSubject(string path, string target, string recipe = "w4", int? maxLength = null)
    {
        Invocation = new Invocation(
            new Output(TextWriter.Null, TextWriter.Null, TerminalCapabilities.None), _interruption, new Reproducer([]));
        Subject = Subject.Open(new CompileRequest(path, target, recipe, "", maxLength), Invocation);
    }

    public Subject Subject { get; }

    public Invocation Invocation { get; }

    public void Dispose()
    {
        Subject.Dispose();
        _interruption.Dispose();
    }
}
