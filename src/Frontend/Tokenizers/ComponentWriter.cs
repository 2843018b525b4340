using System.Text.Json;

namespace Flightc.Tokenizers;

/// <summary>Writes components of a <c>tokenizer.json</c>.</summary>
internal static class ComponentWriter
{
    private const string Qwen2Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

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

    public static void WriteNormalizer(Utf8JsonWriter json, bool isQwen2)
    {
        if (!isQwen2)
        {
            json.WriteNull("normalizer");
            return;
        }

        json.WriteStartObject("normalizer");
        json.WriteString("type", "NFC");
        json.WriteEndObject();
    }

    public static void WritePreTokenizer(Utf8JsonWriter json, bool isQwen2, bool addPrefixSpace)
    {
        json.WritePropertyName("pre_tokenizer");
        if (!isQwen2)
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
        json.WriteString("Regex", Qwen2Words);
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
