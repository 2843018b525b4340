using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>
/// Reads the JSON and text files of a tokenizer within limits that an honest file never meets.
/// </summary>
internal static class TokenizerJson
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
            throw InputFile.TooLarge(utf8.Length, MaximumSize, Codes.TokenizerInvalid, location);
        }

        if (utf8.StartsWith(ByteOrderMark))
        {
            utf8 = utf8[ByteOrderMark.Length..];
        }

        try
        {
            return JsonDocument.Parse(
                utf8.ToArray(),
                new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
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

    /// <summary>All bytes of a file of at most <see cref="MaximumSize"/>.</summary>
    /// <exception cref="CompilationException">It cannot be read (FLC1001) or is larger (FLC1301).</exception>
    public static byte[] ReadBytes(string path) => InputFile.ReadAll(path, MaximumSize, Codes.TokenizerInvalid);
}
