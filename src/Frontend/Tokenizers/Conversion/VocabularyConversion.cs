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

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>The same bytes for the same files.</summary>
    /// <exception cref="Diagnostics.CompilationException">FLC1001, FLC1301.</exception>
    public byte[] ToJson()
    {
        using TokenizerSettings settings = new(folder);
        bool isQwen2 = IsQwen2(settings);
        ReadVocabulary();
        SortedDictionary<int, AddedToken> added = ReadAddedTokens(settings);
        return ComponentWriter.WriteFile(json =>
        {
            ComponentWriter.WriteAddedTokens(json, added.Values);
            ComponentWriter.WriteNormalizer(json, isQwen2);
            ComponentWriter.WritePreTokenizer(
                json, isQwen2 ? WordPattern.Qwen2Words : null, settings.Flag("add_prefix_space") ?? false);
            ComponentWriter.WriteTemplate(
                json,
                begin: settings.TemplateToken(settings.Flag("add_bos_token") ?? false, "bos_token", added),
                end: settings.TemplateToken(settings.Flag("add_eos_token") ?? false, "eos_token", added));
            json.WritePropertyName("decoder");
            ComponentWriter.WriteByteLevel(json, addPrefixSpace: true, useRegex: true);
            WriteModel(json);
        });
    }

    private static bool IsQwen2(TokenizerSettings settings)
    {
        string kind = settings["tokenizer_class"].TextOr("GPT2Tokenizer")!;
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

    private SortedDictionary<int, AddedToken> ReadAddedTokens(TokenizerSettings settings)
    {
        SortedDictionary<int, AddedToken> added = [];
        settings.AddTo(added, token => _ids.TryGetValue(token, out int id) ? id : null);
        if (added.Count == 0 && _ids.TryGetValue(Gpt2EndOfText, out int end))
        {
            added[end] = new AddedToken(end, Gpt2EndOfText, true, false, false, false, false);
        }

        return added;
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
}
