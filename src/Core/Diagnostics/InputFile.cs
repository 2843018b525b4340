namespace Flightc.Diagnostics;

/// <summary>Reads files that a user named. Whatever the system has against it is FLC1001.</summary>
/// <remarks>
/// The system's words for a folder and for a missing file mislead, the one being no matter of permissions and the
/// other naming the path twice: these two are told in ours.
/// </remarks>
public static class InputFile
{
    /// <summary>Opens a file, or a pipe, for reading from its beginning, unbuffered.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is to be, for messages: a noun.</param>
    /// <param name="article">The same with an article, and an adjective where that helps.</param>
    /// <param name="help">Where such a file comes from.</param>
    /// <exception cref="CompilationException">It cannot be opened (FLC1001).</exception>
    public static FileStream Open(string path, string kind = "file", string article = "a file", string help = "")
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw e switch
            {
                FileNotFoundException or DirectoryNotFoundException =>
                    NotReadable(path, $"there is no such {kind}", help, e),
                _ when Directory.Exists(path) =>
                    NotReadable(path, $"this is a folder; {article} is wanted", help, e),
                _ => NotReadable(path, e),
            };
        }
    }

    /// <summary>Reads until the buffer is full or the file ends.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="CompilationException">It cannot be read (FLC1001).</exception>
    public static int Fill(string path, FileStream stream, Span<byte> buffer)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw NotReadable(path, e);
        }
    }

    /// <summary>All bytes of a file.</summary>
    /// <param name="path">The file; not a pipe, since its size must be known before.</param>
    /// <param name="byteLimit">The largest size accepted.</param>
    /// <param name="code">The code of the error where it is larger.</param>
    /// <exception cref="CompilationException">It cannot be read (FLC1001) or is too large
    /// (<paramref name="code"/>).</exception>
    public static byte[] ReadAll(string path, int byteLimit, string code)
    {
        using FileStream stream = Open(path);
        try
        {
            if (stream.Length > byteLimit)
            {
                throw TooLarge(stream.Length, byteLimit, code, path);
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw NotReadable(path, e);
        }
    }

    /// <summary>The error of a file that has more bytes than its kind may have.</summary>
    public static CompilationException TooLarge(long bytes, int byteLimit, string code, string location) =>
        new(code, $"the file has {bytes} bytes; at most {byteLimit} are accepted", location);

    private static bool IsRefusal(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static CompilationException NotReadable(string path, Exception e) =>
        NotReadable(path, $"cannot read the file: {e.Message}", "", e);

    private static CompilationException NotReadable(string path, string message, string help, Exception e) =>
        new(Codes.FileNotReadable, message, path, help, e);
}
