using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>
/// Reads the JSON and text files of a tokenizer within limits that an honest file never meets.
/// </summary>
internal static class JsonFile
{
    /// <summary>
    /// Bytes. The largest vocabularies in use (262,144 entries with merges) take about 35 MB.
    /// </summary>
    public const int MaximumSize = 128 << 20;

    // A tokenizer needs eight levels; the reader and ours recurse once per level.
    private const int MaximumDepth = 32;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Parses one document; a member named twice is an error.</summary>
    public static JsonDocument Parse(ReadOnlySpan<byte> utf8, string location)
    {
        if (utf8.Length > MaximumSize)
        {
            throw TooLarge(utf8.Length, location);
        }

        if (utf8.StartsWith(ByteOrderMark))
        {
            utf8 = utf8[ByteOrderMark.Length..];
        }

        try
        {
            return JsonDocument.Parse(
                utf8.ToArray(), new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            string where = exception is JsonException { LineNumber: long line } json
                ? $"{location}:{line + 1}:{(json.BytePositionInLine ?? 0) + 1}"
                : location;
            throw new CompilationException(
                Codes.TokenizerInvalid, $"the file is not valid JSON: {exception.Message}", where, inner: exception);
        }
    }

    /// <summary>
    /// All bytes of a file; a coded error where it is missing, unreadable or larger than
    /// <see cref="MaximumSize"/>.
    /// </summary>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > MaximumSize)
            {
                throw TooLarge(stream.Length, path);
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CompilationException(
                Codes.FileNotReadable, $"the file cannot be read: {exception.Message}", path, inner: exception);
        }
    }

    private static CompilationException TooLarge(long size, string location) =>
        new(
            Codes.TokenizerInvalid,
            $"the file has {size} bytes, more than the {MaximumSize} that a tokenizer may have",
            location);
}
