using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Makes a <c>tokenizer.json</c> of <c>vocab.json</c> and <c>merges.txt</c> and what describes them.</summary>
/// <remarks>
/// The two files say nothing about normalization, word pattern or added tokens. <c>tokenizer_config.json</c> says which
/// tokenizer class they belong to; without it they are GPT-2's. Further tokens come from it, <c>added_tokens.json</c>
/// and <c>special_tokens_map.json</c>. All that is written is in the order of ids or ranks.
/// </remarks>
internal sealed class VocabularyConversion(string folder, string vocabularyFile, string mergesFile)
{
    private const string Gpt2EndOfText = "<|endoftext|>";
    private const string Qwen2Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly string[] SpecialRoles =
        ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"];

    private readonly SortedDictionary<int, AddedToken> _added = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    public byte[] ToJson()
    {
        using JsonDocument? config = Open("tokenizer_config.json");
        JsonPart settings = Root(config, "tokenizer_config.json");
        bool isQwen2 = IsQwen2(settings);

        ReadVocabulary();
        ReadAddedTokens(settings);
        ArrayBufferWriter<byte> buffer = new(1 << 20);
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        WriteAddedTokens(json);
        WriteNormalizer(json, isQwen2);
        WritePreTokenizer(json, isQwen2, addPrefixSpace: Flag(settings, "add_prefix_space"));
        WriteTemplate(json, settings);
        json.WritePropertyName("decoder");
        WriteByteLevel(json, addPrefixSpace: true, useRegex: true);
        WriteModel(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static bool IsQwen2(JsonPart settings)
    {
        string kind = settings.IsNull ? "GPT2Tokenizer" : settings["tokenizer_class"].TextOr("GPT2Tokenizer")!;
        return kind switch
        {
            "GPT2Tokenizer" or "GPT2TokenizerFast" => false,
            "Qwen2Tokenizer" or "Qwen2TokenizerFast" => true,
            _ => throw settings["tokenizer_class"].Invalid(
                $"is '{kind}', but vocab.json with merges.txt is supported for GPT2Tokenizer and Qwen2Tokenizer",
                "Add the checkpoint's tokenizer.json; the save_pretrained of its fast tokenizer writes it."),
        };
    }

    private void ReadVocabulary()
    {
        using JsonDocument document = JsonFile.Parse(JsonFile.ReadBytes(vocabularyFile), vocabularyFile);
        foreach ((string token, JsonPart id) in new JsonPart(document.RootElement, "", vocabularyFile).Members())
        {
            _ids.Add(token, id.Number(Vocabulary.MaximumId));
        }
    }

    private void ReadAddedTokens(JsonPart settings)
    {
        using JsonDocument? additions = Open("added_tokens.json");
        JsonPart plain = Root(additions, "added_tokens.json");
        if (!plain.IsNull)
        {
            foreach ((string token, JsonPart id) in plain.Members())
            {
                int number = id.Number(Vocabulary.MaximumId);
                _added[number] = new AddedToken(number, token, false, false, false, false, false);
            }
        }

        JsonPart described = settings.IsNull ? settings : settings["added_tokens_decoder"];
        if (!described.IsNull)
        {
            foreach ((string key, JsonPart token) in described.Members())
            {
                AddDescribed(key, token);
            }
        }

        using JsonDocument? map = Open("special_tokens_map.json");
        MarkSpecial(settings);
        MarkSpecial(Root(map, "special_tokens_map.json"));
        if (_added.Count == 0 && _ids.TryGetValue(Gpt2EndOfText, out int end))
        {
            _added[end] = new AddedToken(end, Gpt2EndOfText, true, false, false, false, false);
        }
    }

    private void AddDescribed(string key, JsonPart token)
    {
        if (!int.TryParse(key, System.Globalization.NumberStyles.None, null, out int id) || id > Vocabulary.MaximumId)
        {
            throw token.Invalid($"has the key '{key}', wanted an id from 0 to {Vocabulary.MaximumId}");
        }

        _added[id] = new AddedToken(
            id,
            token["content"].Text(),
            token["special"].FlagOr(false),
            token["lstrip"].FlagOr(false),
            token["rstrip"].FlagOr(false),
            token["single_word"].FlagOr(false),
            token["normalized"].FlagOr(false));
    }

    private void MarkSpecial(JsonPart settings)
    {
        if (settings.IsNull)
        {
            return;
        }

        foreach (string role in SpecialRoles)
        {
            if (TokenIn(settings[role]) is string token && FindId(token) is int id)
            {
                AddedToken known = _added.GetValueOrDefault(id, new AddedToken(id, token, true, false, false, false, false));
                _added[id] = known with { IsSpecial = true };
            }
        }
    }

    private int? FindId(string token)
    {
        foreach (AddedToken added in _added.Values)
        {
            if (added.Content == token)
            {
                return added.Id;
            }
        }

        return _ids.TryGetValue(token, out int id) ? id : null;
    }

    /// <summary>A token of a configuration: its text, or an object with its text.</summary>
    private static string? TokenIn(JsonPart part) => part.IsObject ? part["content"].TextOr(null) : part.TextOr(null);

    private static bool Flag(JsonPart settings, string name) => !settings.IsNull && settings[name].FlagOr(false);

    private void WriteAddedTokens(Utf8JsonWriter json)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in _added.Values)
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

    private static void WriteNormalizer(Utf8JsonWriter json, bool isQwen2)
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

    private static void WritePreTokenizer(Utf8JsonWriter json, bool isQwen2, bool addPrefixSpace)
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

    private void WriteTemplate(Utf8JsonWriter json, JsonPart settings)
    {
        string? begin = Flag(settings, "add_bos_token") ? TokenIn(settings["bos_token"]) : null;
        string? end = Flag(settings, "add_eos_token") ? TokenIn(settings["eos_token"]) : null;
        if (begin is null && end is null)
        {
            json.WriteNull("post_processor");
            return;
        }

        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        WriteTemplatePiece(json, "SpecialToken", begin);
        WriteTemplatePiece(json, "Sequence", "A");
        WriteTemplatePiece(json, "SpecialToken", end);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        foreach (string token in new SortedSet<string>(new[] { begin, end }.OfType<string>(), StringComparer.Ordinal))
        {
            json.WriteStartObject(token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(FindId(token) ?? throw settings.Invalid($"adds the token '{token}', which the vocabulary lacks"));
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

    private static void WriteByteLevel(Utf8JsonWriter json, bool addPrefixSpace, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteStartObject("vocab");
        foreach ((string token, int id) in _ids.OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(token, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        WriteMerges(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteMerges(Utf8JsonWriter json)
    {
        ReadOnlySpan<char> text = DecodeMerges();
        int number = 0;
        foreach (Range range in text.Split('\n'))
        {
            number++;
            ReadOnlySpan<char> line = text[range].TrimEnd('\r');
            if (line.IsEmpty || (number == 1 && line.StartsWith("#version")))
            {
                continue;
            }

            int space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line[(space + 1)..].Contains(' '))
            {
                throw new CompilationException(
                    Codes.TokenizerInvalid, $"'{line}' is no merge, wanted two tokens with one space between them", $"{mergesFile}:{number}");
            }

            json.WriteStartArray();
            json.WriteStringValue(line[..space]);
            json.WriteStringValue(line[(space + 1)..]);
            json.WriteEndArray();
        }
    }

    private string DecodeMerges()
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(JsonFile.ReadBytes(mergesFile));
        }
        catch (DecoderFallbackException exception)
        {
            throw new CompilationException(
                Codes.TokenizerInvalid, $"the file is not UTF-8: {exception.Message}", mergesFile, inner: exception);
        }
    }

    private JsonDocument? Open(string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonFile.Parse(JsonFile.ReadBytes(path), path) : null;
    }

    private JsonPart Root(JsonDocument? document, string name) =>
        new(document?.RootElement ?? default, "", Path.Combine(folder, name));
}
