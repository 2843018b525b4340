using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Flightc.Tokenizers;

/// <summary>Writes components of a <c>tokenizer.json</c>.</summary>
internal static class ComponentWriter
{
    /// <summary>A whole file, of which a callback writes everything but the version.</summary>
    public static byte[] WriteFile(Action<Utf8JsonWriter> writeComponents)
    {
        ArrayBufferWriter<byte> buffer = new(1 << 20);
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using Utf8JsonWriter json = new(buffer, options);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        writeComponents(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A component that replaces a pattern, <c>String</c> or <c>Regex</c>.</summary>
    public static void WriteReplace(Utf8JsonWriter json, string kind, string pattern, string content)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString(kind, pattern);
        json.WriteEndObject();
        json.WriteString("content", content);
        json.WriteEndObject();
    }

    public static void WriteAddedTokens(Utf8JsonWriter json, IEnumerable<AddedToken> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.IsSingleWord);
            json.WriteBoolean("lstrip", token.StripsLeft);
            json.WriteBoolean("rstrip", token.StripsRight);
            json.WriteBoolean("normalized", token.IsNormalized);
            json.WriteBoolean("special", token.IsSpecial);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteNormalizer(Utf8JsonWriter json, bool composes)
    {
        if (!composes)
        {
            json.WriteNull("normalizer");
            return;
        }

        json.WriteStartObject("normalizer");
        json.WriteString("type", "NFC");
        json.WriteEndObject();
    }

    /// <summary>Byte level, after cutting by a word pattern or, where that is null, by GPT-2's.</summary>
    public static void WritePreTokenizer(Utf8JsonWriter json, string? words, bool addPrefixSpace)
    {
        json.WritePropertyName("pre_tokenizer");
        if (words is null)
        {
            WriteByteLevel(json, addPrefixSpace, useRegex: true);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", words);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, addPrefixSpace, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A template with a token before the text, one after it, both or none.</summary>
    public static void WriteTemplate(Utf8JsonWriter json, AddedToken? begin, AddedToken? end)
    {
        if (begin is null && end is null)
        {
            json.WriteNull("post_processor");
            return;
        }

        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        WriteTemplatePiece(json, "SpecialToken", begin?.Content);
        WriteTemplatePiece(json, "Sequence", "A");
        WriteTemplatePiece(json, "SpecialToken", end?.Content);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        foreach (AddedToken token in new[] { begin, end }.OfType<AddedToken>().DistinctBy(token => token.Id))
        {
            json.WriteStartObject(token.Content);
            json.WriteStartArray("ids");
            json.WriteNumberValue(token.Id);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTemplatePiece(Utf8JsonWriter json, string kind, string? name)
    {
        if (name is null)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", name);
        json.WriteNumber("type_id", 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteByteLevel(Utf8JsonWriter json, bool addPrefixSpace, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }
}
