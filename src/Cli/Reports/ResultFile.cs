using System.IO.Compression;
using System.Text;
using Flightc.Cli.Commands;
using Flightc.Cli.Compiling;
using Flightc.Diagnostics;

namespace Flightc.Cli.Reports;

/// <summary>A file of results: written beside its place and renamed, so that it is there whole or not at all.</summary>
internal static class ResultFile
{
    /// <summary>Ends the names of files that are compressed.</summary>
    public const string Compressed = ".gz";

    private const int BufferBytes = 1 << 16;

    /// <summary>Refuses at once what would fail after the work, and what would destroy an input.</summary>
    /// <param name="path">Where to write.</param>
    /// <param name="option">The option that names it.</param>
    /// <param name="input">The model or image that is read.</param>
    /// <exception cref="CompilationException">It would overwrite an input (FLC9001), or cannot be written
    /// (FLC9002).</exception>
    public static void Require(string path, string option, string input)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? full;
        string inputFolder = Directory.Exists(input) ? Path.GetFullPath(input) : Path.GetDirectoryName(Path.GetFullPath(input))!;
        bool isOfModel = Path.TrimEndingDirectorySeparator(inputFolder) == folder && IsOfCheckpoint(Path.GetFileName(full));
        if (full == Path.GetFullPath(input) || (isOfModel && File.Exists(full)))
        {
            throw new CompilationException(
                Codes.Usage, $"{option} would overwrite a file of the model", path, "name another file");
        }

        if (Directory.Exists(full) || !Directory.Exists(folder))
        {
            string what = Directory.Exists(full) ? "this is a folder" : "there is no such folder";
            throw new CompilationException(
                Codes.CannotWrite, $"cannot write the file of {option}: {what}", Directory.Exists(full) ? path : folder,
                "name a file in an existing folder");
        }

        if (File.Exists(full) && !CompileJob.IsRegular(full))
        {
            throw new CompilationException(
                Codes.CannotWrite, $"cannot write the file of {option}: a device or a pipe has that name, and the file would take its place",
                path, "name a file");
        }
    }

    /// <summary>Refuses two results in one file.</summary>
    /// <param name="results">Options and what they name; null where they are not given.</param>
    /// <exception cref="CompilationException">FLC9001.</exception>
    public static void RequireApart(params ReadOnlySpan<(string Option, string? Path)> results)
    {
        Dictionary<string, string> taken = new(StringComparer.Ordinal);
        foreach ((string option, string? path) in results)
        {
            if (path is not null && !taken.TryAdd(Path.GetFullPath(path), option))
            {
                throw new CompilationException(
                    Codes.Usage, $"{taken[Path.GetFullPath(path)]} and {option} would be the same file", path, "name two files");
            }
        }
    }

    // What hubs call the files of a checkpoint; other files of its folder are the user's.
    private static bool IsOfCheckpoint(string name) =>
        Path.GetExtension(name) is ".safetensors" or ".onnx" || name.EndsWith(".index.json", StringComparison.Ordinal)
        || name.EndsWith(".onnx.data", StringComparison.Ordinal) || name.EndsWith(".onnx_data", StringComparison.Ordinal)
        || name is "config.json" or "generation_config.json" or "tokenizer.json" or "tokenizer_config.json" or "vocab.json"
            or "special_tokens_map.json" or "added_tokens.json";

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where to; compressed where the name ends with <c>.gz</c>.</param>
    /// <param name="invocation">Deletes what is unfinished if the process has to end at once.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="CompilationException">It cannot be written (FLC9002).</exception>
    public static void Write(string path, Invocation invocation, Action<Stream> write)
    {
        string partial = $"{path}.{Environment.ProcessId}.partial";
        using IDisposable cleanup = invocation.OnHardStop(() => File.Delete(partial));
        try
        {
            using (FileStream file = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes))
            {
                if (path.EndsWith(Compressed, StringComparison.OrdinalIgnoreCase))
                {
                    using GZipStream zip = new(file, CompressionLevel.Optimal);
                    write(zip);
                }
                else
                {
                    write(file);
                }
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            File.Delete(partial);
            throw new CompilationException(
                Codes.CannotWrite, $"cannot write the file: {e.Message}", path, "free space, or name another place", e);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Writes a text in UTF-8.</summary>
    /// <exception cref="CompilationException">It cannot be written (FLC9002).</exception>
    public static void Write(string path, Invocation invocation, string text) =>
        Write(path, invocation, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
