using System.Globalization;
using System.Text.Json;

namespace Flightc.Tokenizers;

/// <summary>
/// What a checkpoint says of its tokenizer beside the vocabulary: <c>tokenizer_config.json</c>,
/// <c>added_tokens.json</c> and <c>special_tokens_map.json</c>, each of which may be missing.
/// </summary>
internal sealed class TokenizerSettings : IDisposable
{
    /// <summary>Tokens that have a part in every text, by their keys in the files.</summary>
    public static IReadOnlyList<string> Roles { get; } =
        ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"];

    // Of these the first switch is on unless it is stated.
    private static readonly string[] KindsWithSwitches =
        ["LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", "CodeLlamaTokenizerFast", "GemmaTokenizer", "GemmaTokenizerFast"];

    private readonly string _folder;
    private readonly JsonDocument? _configDocument;
    private readonly JsonDocument? _additionsDocument;
    private readonly JsonDocument? _mapDocument;
    private readonly JsonPart _config;
    private readonly JsonPart _additions;
    private readonly JsonPart _map;

    /// <summary>Reads what a folder has of the three files.</summary>
    /// <exception cref="Diagnostics.CompilationException">One is no JSON (FLC1301).</exception>
    public TokenizerSettings(string folder)
    {
        _folder = folder;
        _configDocument = Open("tokenizer_config.json", out _config);
        _additionsDocument = Open("added_tokens.json", out _additions);
        _mapDocument = Open("special_tokens_map.json", out _map);
    }

    /// <summary>Whether there is a <c>tokenizer_config.json</c>.</summary>
    public bool HasConfig => !_config.IsNull;

    /// <summary>Whether it describes the added tokens.</summary>
    public bool DescribesAddedTokens => HasConfig && !_config["added_tokens_decoder"].IsNull;

    /// <summary>
    /// Whether the tokenizer is of a class that builds what stands around a text from <c>add_bos_token</c> and
    /// <c>add_eos_token</c>, whatever its own file says.
    /// </summary>
    public bool BuildsTemplate => KindsWithSwitches.Contains(this["tokenizer_class"].TextOr(""));

    /// <summary>A value of <c>tokenizer_config.json</c>; a null part where there is none.</summary>
    public JsonPart this[string name] => HasConfig ? _config[name] : _config;

    /// <summary>A switch of <c>tokenizer_config.json</c>; null where it is not stated.</summary>
    public bool? Flag(string name) => this[name] is { IsNull: false } part ? part.FlagOr(false) : null;

    /// <summary>The token of a role; null where none is named.</summary>
    public string? TokenOf(string role) =>
        TokenIn(this[role]) ?? (_map.IsNull ? null : TokenIn(_map[role]));

    /// <summary>
    /// Enters the tokens of all three files into those that the vocabulary's own file has, by id; what is described
    /// anew replaces what was there.
    /// </summary>
    /// <param name="tokens">By id.</param>
    /// <param name="idOf">The id of a token that is in the vocabulary.</param>
    public void AddTo(SortedDictionary<int, AddedToken> tokens, Func<string, int?> idOf)
    {
        if (!_additions.IsNull)
        {
            foreach ((string token, JsonPart id) in _additions.Members())
            {
                int number = id.Number(Vocabulary.MaximumId);
                tokens[number] = new AddedToken(number, token, false, false, false, false, false);
            }
        }

        if (DescribesAddedTokens)
        {
            foreach ((string key, JsonPart token) in _config["added_tokens_decoder"].Members())
            {
                AddedToken described = Describe(key, token);
                tokens[described.Id] = described;
            }
        }

        MarkSpecial(_config, tokens, idOf);
        MarkSpecial(_map, tokens, idOf);
    }

    /// <summary>The token of a role where a switch asks for it around every text.</summary>
    /// <param name="isAsked">The switch.</param>
    /// <param name="role">Such as <c>bos_token</c>.</param>
    /// <param name="tokens">All added tokens.</param>
    /// <param name="fallback">The token where the files name none.</param>
    public AddedToken? TemplateToken(
        bool isAsked, string role, SortedDictionary<int, AddedToken> tokens, string? fallback = null)
    {
        string? name = TokenOf(role) ?? fallback;
        if (!isAsked || name is null)
        {
            return null;
        }

        return tokens.Values.FirstOrDefault(token => token.Content == name)
            ?? throw this[role].Invalid($"is '{name}', which the vocabulary lacks");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _configDocument?.Dispose();
        _additionsDocument?.Dispose();
        _mapDocument?.Dispose();
    }

    /// <summary>A token of a configuration: its text, or an object with its text.</summary>
    private static string? TokenIn(JsonPart part) => part.IsObject ? part["content"].TextOr(null) : part.TextOr(null);

    private static AddedToken Describe(string key, JsonPart token)
    {
        if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id > Vocabulary.MaximumId)
        {
            throw token.Invalid($"has the key '{key}', wanted an id from 0 to {Vocabulary.MaximumId}");
        }

        return new AddedToken(
            id,
            token["content"].Text(),
            token["special"].FlagOr(false),
            token["lstrip"].FlagOr(false),
            token["rstrip"].FlagOr(false),
            token["single_word"].FlagOr(false),
            token["normalized"].FlagOr(false));
    }

    private static void MarkSpecial(
        JsonPart settings, SortedDictionary<int, AddedToken> tokens, Func<string, int?> idOf)
    {
        if (settings.IsNull)
        {
            return;
        }

        foreach (string role in Roles)
        {
            if (TokenIn(settings[role]) is not string token)
            {
                continue;
            }

            AddedToken? known = tokens.Values.FirstOrDefault(added => added.Content == token);
            if ((known?.Id ?? idOf(token)) is int id)
            {
                AddedToken plain = new(id, token, true, false, false, false, false);
                tokens[id] = tokens.GetValueOrDefault(id, plain) with { IsSpecial = true };
            }
        }
    }

    private JsonDocument? Open(string name, out JsonPart root)
    {
        string path = Path.Combine(_folder, name);
        JsonDocument? document = File.Exists(path)
            ? TokenizerJson.Parse(TokenizerJson.ReadBytes(path), path)
            : null;
        root = new JsonPart(document?.RootElement ?? default, "", path);
        return document;
    }
}
