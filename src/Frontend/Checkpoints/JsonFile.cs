using System.Text.Json;
using System.Text.Unicode;
using Flightc.Diagnostics;

namespace Flightc.Checkpoints;

/// <summary>
/// A JSON file of limited size and depth whose root is an object without duplicate keys, with positions of
/// its keys.
/// </summary>
internal sealed class JsonFile : IDisposable
{
    private const int MaxDepth = 64;

    private readonly JsonDocument _document;
    private readonly Dictionary<string, long> _offsets;
    private readonly byte[] _bytes;

    private JsonFile(string path, byte[] bytes, JsonDocument document, Dictionary<string, long> offsets)
    {
        Path = path;
        _bytes = bytes;
        _document = document;
        _offsets = offsets;
    }

    public string Path { get; }

    public JsonElement Root => _document.RootElement;

    /// <summary>Reads a file whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="code">The code of every error but <see cref="Codes.FileNotReadable"/>.</param>
    /// <param name="byteLimit">The largest size accepted.</param>
    public static JsonFile Open(string path, string code, int byteLimit)
    {
        byte[] bytes = InputFile.ReadAll(path, byteLimit, code);
        if (!Utf8.IsValid(bytes))
        {
            throw new CompilationException(code, "the file is not valid UTF-8", path);
        }

        JsonDocument? document = null;
        try
        {
            Dictionary<string, long> offsets = OffsetsOfKeys(bytes);
            document = JsonDocument.Parse(
                bytes, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                throw new CompilationException(
                    code, $"the file holds {Kind(document.RootElement)}; a JSON object is wanted", path);
            }

            return new JsonFile(path, bytes, document, offsets);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            string where = e is JsonException { LineNumber: long line, BytePositionInLine: long column }
                ? $"{path}:{line + 1}:{column + 1}"
                : path;
            throw new CompilationException(code, $"not valid JSON: {Excerpt.Of(e.Message)}", where, "", e);
        }
        catch
        {
            document?.Dispose();
            throw;
        }
    }

    /// <summary><c>file:line:column</c> of a key of the root, or the file where it has no such key.</summary>
    public string LocationOf(string key)
    {
        if (!_offsets.TryGetValue(key, out long offset))
        {
            return Path;
        }

        ReadOnlySpan<byte> before = _bytes.AsSpan(0, (int)offset);
        int line = before.Count((byte)'\n') + 1;
        int column = (int)offset - before.LastIndexOf((byte)'\n');
        return $"{Path}:{line}:{column}";
    }

    /// <summary>A value in words, for messages.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => $"the string '{Excerpt.Of(value.GetString()!)}'",
        JsonValueKind.Number => Excerpt.Of(value.GetRawText()),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    public void Dispose() => _document.Dispose();

    /// <summary>
    /// Finds the root's keys, and reads every string so that a broken escape is found here and not by a later
    /// reader.
    /// </summary>
    private static Dictionary<string, long> OffsetsOfKeys(byte[] bytes)
    {
        Dictionary<string, long> offsets = new(StringComparer.Ordinal);
        Utf8JsonReader reader = new(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            bool isRootKey = reader.TokenType is JsonTokenType.PropertyName && reader.CurrentDepth == 1;
            bool isEscaped = reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String
                && reader.ValueIsEscaped;
            if (isRootKey)
            {
                offsets[reader.GetString()!] = reader.TokenStartIndex;
            }
            else if (isEscaped)
            {
                _ = reader.GetString();
            }
        }

        return offsets;
    }
}
