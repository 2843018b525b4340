using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Calibration;

/// <summary>A new folder that is deleted at the end.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private static int _count;

    /// <param name="parent">Where to make it; null for the system's temporary folder.</param>
    /// <exception cref="CompilationException">It cannot be made (FLC9002).</exception>
    public ScratchFolder(string? parent)
    {
        try
        {
            Path = parent is null
                ? Directory.CreateTempSubdirectory("flightc-").FullName
                : Directory.CreateDirectory(System.IO.Path.Combine(
                    parent,
                    string.Create(CultureInfo.InvariantCulture, $"flightc-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}"))).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Codes.CannotWrite, $"cannot make a folder for intermediate values: {e.Message}", parent ?? System.IO.Path.GetTempPath(),
                "name another folder, or set TMPDIR", e);
        }
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system clears its temporary folder some day; what was found is worth more.
        }
    }
}
