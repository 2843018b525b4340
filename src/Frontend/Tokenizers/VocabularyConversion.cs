using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Flightc.Tokenizers;

/// <summary>
/// Makes a <c>tokenizer.json</c> of <c>vocab.json</c> and <c>merges.txt</c> and what describes them.
/// </summary>
/// <remarks>
/// The two files say nothing about normalization, word pattern or added tokens. <c>tokenizer_config.json</c>
/// says which tokenizer class they belong to; without it they are GPT-2's. Further tokens come from it,
/// <c>added_tokens.json</c> and <c>special_tokens_map.json</c>. All that is written is in the order of ids or
/// ranks.
/// </remarks>
internal sealed class VocabularyConversion(string folder, string vocabularyFile, string mergesFile)
{
    private const string Gpt2EndOfText = "<|endoftext|>";

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
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using Utf8JsonWriter json = new(buffer, options);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        ComponentWriter.WriteAddedTokens(json, _added.Values);
        ComponentWriter.WriteNormalizer(json, isQwen2);
        ComponentWriter.WritePreTokenizer(json, isQwen2, Flag(settings, "add_prefix_space"));
        ComponentWriter.WriteTemplate(
            json,
            begin: TemplateToken(settings, "add_bos_token", "bos_token"),
            end: TemplateToken(settings, "add_eos_token", "eos_token"));
        json.WritePropertyName("decoder");
        ComponentWriter.WriteByteLevel(json, addPrefixSpace: true, useRegex: true);
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
        using JsonDocument document = TokenizerJson.Parse(TokenizerJson.ReadBytes(vocabularyFile), vocabularyFile);
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
                AddedToken plain = new(id, token, true, false, false, false, false);
                _added[id] = _added.GetValueOrDefault(id, plain) with { IsSpecial = true };
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

    /// <summary>The token of a role where the settings ask for it around a text.</summary>
    private AddedToken? TemplateToken(JsonPart settings, string flag, string role)
    {
        if (!Flag(settings, flag) || TokenIn(settings[role]) is not string token)
        {
            return null;
        }

        int id = FindId(token) ?? throw settings[role].Invalid($"is '{token}', which the vocabulary lacks");
        return _added[id];
    }

    private void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteStartObject("vocab");
        foreach ((string token, int id) in
            _ids.OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(token, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        new MergesFile(mergesFile).WriteTo(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private JsonDocument? Open(string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? TokenizerJson.Parse(TokenizerJson.ReadBytes(path), path) : null;
    }

    private JsonPart Root(JsonDocument? document, string name) =>
        new(document?.RootElement ?? default, "", Path.Combine(folder, name));
}
