using Flightc.Cli.Commands;
using Flightc.Diagnostics;

namespace Flightc.Cli.Running;

/// <summary>A place for an image that nobody wants to keep. Deleted at the end, however the command ends.</summary>
internal sealed class TemporaryImage : IDisposable
{
    private readonly string _folder;
    private readonly IDisposable _hardStop;

    /// <summary>Makes a folder of its own for the image.</summary>
    /// <exception cref="CompilationException">It cannot be made (FLC9002).</exception>
    public TemporaryImage(Invocation invocation)
    {
        try
        {
            _folder = Directory.CreateTempSubdirectory("flightc-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Codes.CannotWrite, $"cannot make a folder for the image: {e.Message}", Path.GetTempPath(),
                "set TMPDIR to a folder with space", e);
        }

        _hardStop = invocation.OnHardStop(Delete);
    }

    /// <summary>Where the image is to be.</summary>
    public string FilePath => Path.Combine(_folder, "model.flight");

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
