using Flightc.Cli.Commands;
using Flightc.Diagnostics;

namespace Flightc.Cli.Reports;

/// <summary>A place for a file that nobody wants to keep. Deleted at the end with what is beside it, however the command ends.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly string _folder;
    private readonly IDisposable _hardStop;

    /// <summary>Makes a folder of its own for the file.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="invocation">Deletes it if the process has to end at once.</param>
    /// <exception cref="CompilationException">It cannot be made (FLC9002).</exception>
    public TemporaryFile(string name, Invocation invocation)
    {
        try
        {
            _folder = Directory.CreateTempSubdirectory("flightc-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Codes.CannotWrite, $"cannot make a folder for the {name}: {e.Message}", Path.GetTempPath(), "set TMPDIR to a folder with space", e);
        }

        FilePath = Path.Combine(_folder, name);
        _hardStop = invocation.OnHardStop(Delete);
    }

    /// <summary>Where the file is to be.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Delete();
        _hardStop.Dispose();
    }

    private void Delete()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system clears its temporary folder some day; what the command did is worth more.
        }
    }
}
