using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Flightc.Diagnostics;

namespace Flightc.Texts;

/// <summary>
/// Reads a text file: a <c>.jsonl</c> has a record on every line that is not blank, <c>{"text": "..."}</c> or
/// <c>{"ids": [1, 2]}</c> (ids win where both stand; other keys are passed over), and any other file is one
/// record of plain UTF-8.
/// </summary>
public static class TextRecords
{
    /// <summary>The largest plain file, and the longest line of a <c>.jsonl</c>, in bytes.</summary>
    public const int MaxRecordBytes = 256 << 20;

    private const int MaxDepth = 64;
    private const int PieceBytes = 1 << 20;

    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// The records in order. A <c>.jsonl</c> is read as they are asked for, so that its size does not matter.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CompilationException">
    /// It cannot be read (FLC1001), here or at any record; or a record is not one, or there is none (FLC1302).
    /// </exception>
    public static IEnumerable<TextRecord> Read(string path)
    {
        // Opened here and not at the first record, so that a wrong name is known at once.
        FileStream stream = InputFile.Open(path, "text", "a text");
        return Path.GetExtension(path).Equals(".jsonl", StringComparison.OrdinalIgnoreCase)
            ? Lines(path, stream)
            : [Plain(path, stream)];
    }

    private static TextRecord Plain(string path, FileStream stream)
    {
        using (stream)
        {
            // In pieces, since a pipe does not know its length.
            byte[] piece = new byte[PieceBytes];
            using MemoryStream bytes = new();
            for (int count = PieceBytes; count == PieceBytes;)
            {
                count = InputFile.Fill(path, stream, piece);
                bytes.Write(piece, 0, count);
                if (bytes.Length > MaxRecordBytes)
                {
                    throw Invalid(
                        path, $"the file has more than {MaxRecordBytes} bytes",
                        "use a .jsonl with many records");
                }
            }

            ReadOnlySpan<byte> text = WithoutMark(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
            RequireUtf8(text, path, path);
            return new TextRecord(Encoding.UTF8.GetString(text), null, path);
        }
    }

    private static IEnumerable<TextRecord> Lines(string path, FileStream stream)
    {
        using (stream)
        {
            LineReader lines = new(buffer => InputFile.Fill(path, stream, buffer.Span), MaxRecordBytes);
            bool isEmpty = true;
            for (int line = 1; ; line++)
            {
                string location = $"{path}:{line}";
                if (!lines.TryNext(out ReadOnlyMemory<byte> bytes))
                {
                    break;
                }

                if (lines.IsTooLong)
                {
                    throw Invalid(location, $"the line has more than {MaxRecordBytes} bytes", "split the record");
                }

                bytes = line == 1 && bytes.Span.StartsWith(Mark) ? bytes[Mark.Length..] : bytes;
                if (!bytes.Span.ContainsAnyExcept(" \t\r"u8))
                {
                    continue;
                }

                isEmpty = false;
                yield return Parse(bytes, path, location);
            }

            if (isEmpty)
            {
                throw Invalid(path, "the file has no records", "write a record on each line: {\"text\": \"...\"}");
            }
        }
    }

    private static TextRecord Parse(ReadOnlyMemory<byte> json, string path, string location)
    {
        RequireUtf8(json.Span, path, location);
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                json, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
            {
                throw Invalid(location, $"the record is {Kind(root)}; an object with 'text' or 'ids' is wanted");
            }

            return TryGet(root, "ids", out JsonElement ids) ? new TextRecord(null, Ids(ids, location), location)
                : TryGet(root, "text", out JsonElement text) ? new TextRecord(Text(text, location), null, location)
                : throw Invalid(location, "the record has neither 'text' nor 'ids'");
        }
        catch (JsonException e)
        {
            throw new CompilationException(
                Codes.TextInvalid, $"not valid JSON: {Excerpt.Of(e.Message)}", location, "", e);
        }
    }

    /// <summary>Null counts as absent: exporters write every column.</summary>
    private static bool TryGet(JsonElement root, string key, out JsonElement value) =>
        root.TryGetProperty(key, out value) && value.ValueKind is not JsonValueKind.Null;

    private static string Text(JsonElement text, string location)
    {
        if (text.ValueKind is not JsonValueKind.String)
        {
            throw Invalid(location, $"'text' is {Kind(text)}; a string is wanted");
        }

        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new CompilationException(Codes.TextInvalid, "'text' has half of a surrogate pair", location, "", e);
        }
    }

    private static int[] Ids(JsonElement ids, string location)
    {
        if (ids.ValueKind is not JsonValueKind.Array)
        {
            throw Invalid(location, $"'ids' is {Kind(ids)}; a list of token ids is wanted");
        }

        int[] numbers = new int[ids.GetArrayLength()];
        int at = 0;
        foreach (JsonElement id in ids.EnumerateArray())
        {
            if (id.ValueKind is not JsonValueKind.Number || !id.TryGetInt32(out numbers[at]) || numbers[at] < 0)
            {
                throw Invalid(location, $"entry {at} of 'ids' is {Kind(id)}; a whole number from 0 on is wanted");
            }

            at++;
        }

        return numbers;
    }

    private static void RequireUtf8(ReadOnlySpan<byte> bytes, string path, string location)
    {
        if (Utf8.IsValid(bytes))
        {
            return;
        }

        // The line of a plain file, which is one record.
        int at = IndexOfInvalid(bytes);
        string where = location == path ? $"{path}:{bytes[..at].Count((byte)'\n') + 1}" : location;
        throw Invalid(
            where, $"byte {at} of the record, 0x{bytes[at]:x2}, is not valid UTF-8",
            "convert the text to UTF-8");
    }

    private static int IndexOfInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Mark) ? bytes[Mark.Length..] : bytes;

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => Excerpt.Of(value.GetRawText()),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    private static CompilationException Invalid(string location, string message, string help = "") =>
        new(Codes.TextInvalid, message, location, help);
}
