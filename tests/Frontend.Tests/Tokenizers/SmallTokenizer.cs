using System.Text;
using System.Text.Json.Nodes;
using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

/// <summary>Writes tokenizer files of a few tokens, one part of which a test replaces.</summary>
internal sealed class SmallTokenizer
{
    private readonly JsonObject _root;

    private SmallTokenizer(JsonObject root) => _root = root;

    /// <summary>A token per character, ids in the order given, no other component.</summary>
    public static SmallTokenizer OfCharacters(string characters)
    {
        JsonObject vocabulary = [];
        foreach (Rune rune in characters.EnumerateRunes())
        {
            vocabulary.Add(rune.ToString(), vocabulary.Count);
        }

        return new SmallTokenizer(new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        });
    }

    public SmallTokenizer Set(string component, string json)
    {
        _root[component] = JsonNode.Parse(json);
        return this;
    }

    public SmallTokenizer SetModel(string member, string json)
    {
        _root["model"]![member] = JsonNode.Parse(json);
        return this;
    }

    /// <summary>Adds merges in order, with the tokens they make.</summary>
    public SmallTokenizer Merge(params string[] pairs)
    {
        JsonObject vocabulary = (JsonObject)_root["model"]!["vocab"]!;
        foreach (string pair in pairs)
        {
            _root["model"]!["merges"]!.AsArray().Add(pair);
            vocabulary.TryAdd(pair.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        }

        return this;
    }

    public SmallTokenizer AddToken(int id, string content, string flags = "")
    {
        JsonObject token = new() { ["id"] = id, ["content"] = content, ["normalized"] = false };
        foreach (string flag in flags.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            token[flag] = true;
        }

        _root["added_tokens"]!.AsArray().Add(token);
        return this;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_root.ToJsonString());

    public Tokenizer Build() => Tokenizer.FromJson(ToBytes(), "small/tokenizer.json");

    /// <summary>What the ids of a text are called, separated by bars.</summary>
    public string Spell(string text, bool parseSpecialTokens = true)
    {
        Tokenizer tokenizer = Build();
        return string.Join('|', tokenizer.Encode(text, true, parseSpecialTokens).Select(tokenizer.TokenOf));
    }
}
