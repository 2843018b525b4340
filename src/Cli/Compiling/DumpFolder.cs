using Flightc.Diagnostics;

namespace Flightc.Cli.Compiling;

/// <summary>A folder with the text after every pass, numbered. A file is there whole or not at all.</summary>
internal sealed class DumpFolder
{
    private readonly string _path;

    /// <summary>Makes the folder where it is missing; what else is in it stays.</summary>
    /// <exception cref="CompilationException">It cannot be made (FLC9002).</exception>
    public DumpFolder(string path)
    {
        _path = path;
        Try(() => Directory.CreateDirectory(path));
    }

    /// <summary>Writes a text beside its place and renames it.</summary>
    /// <exception cref="CompilationException">It cannot be written (FLC9002).</exception>
    public void Write(string file, string text)
    {
        string final = Path.Combine(_path, file);
        string partial = $"{final}.{Environment.ProcessId}.partial";
        Try(() =>
        {
            try
            {
                File.WriteAllText(partial, text);
                File.Move(partial, final, overwrite: true);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        });
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CompilationException(
                Codes.CannotWrite, $"cannot write dumps: {e.Message}", _path,
                "name another folder with --dump-dir", e);
        }
    }
}
