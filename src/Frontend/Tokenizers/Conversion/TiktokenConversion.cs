using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Makes a <c>tokenizer.json</c> of a tiktoken file and what describes it.</summary>
/// <remarks>
/// Neighbouring tokens join where the whole has a rank, the lowest rank first; a word that is a token is that token.
/// The word pattern and, unless <c>tokenizer_config.json</c> has its own, the control tokens are those of
/// <see cref="TiktokenFamily"/>.
/// </remarks>
internal sealed class TiktokenConversion(string folder, string rankFile)
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>The same bytes for the same files.</summary>
    /// <exception cref="CompilationException">FLC1001, FLC1301.</exception>
    public byte[] ToJson()
    {
        List<(string Token, int Rank)> tokens = TiktokenFile.Read(rankFile);
        tokens.Sort((a, b) => a.Rank.CompareTo(b.Rank));
        Index(tokens);
        TiktokenFamily family = TiktokenFamily.Find(tokens.Count) ?? throw Invalid(
            $"the file has {tokens.Count} ranks; known are {string.Join(", ", TiktokenFamily.All.Select(f => $"{f.Name} ({f.RankCount})"))}",
            "put the checkpoint's tokenizer.json beside it, which says how words are cut");

        using TokenizerSettings settings = new(folder);
        SortedDictionary<int, AddedToken> added = ReadAddedTokens(settings, family);
        bool begins = settings.Flag("add_bos_token") ?? family.Begin is not null;
        return ComponentWriter.WriteFile(json =>
        {
            ComponentWriter.WriteAddedTokens(json, added.Values);
            ComponentWriter.WriteNormalizer(json, family.Composes);
            ComponentWriter.WritePreTokenizer(json, family.Words, addPrefixSpace: false);
            ComponentWriter.WriteTemplate(
                json,
                begin: settings.TemplateToken(begins, "bos_token", added, family.Begin),
                end: settings.TemplateToken(settings.Flag("add_eos_token") ?? false, "eos_token", added));
            json.WritePropertyName("decoder");
            ComponentWriter.WriteByteLevel(json, addPrefixSpace: true, useRegex: true);
            WriteModel(json, tokens);
        });
    }

    private void Index(List<(string Token, int Rank)> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if (!_ids.TryAdd(tokens[i].Token, tokens[i].Rank) || (i > 0 && tokens[i].Rank == tokens[i - 1].Rank))
            {
                throw Invalid(
                    $"a token or a rank stands twice: '{tokens[i].Token}' has the rank {tokens[i].Rank}",
                    "take the file from its source again");
            }
        }

        for (int value = 0; value < 256; value++)
        {
            if (!_ids.ContainsKey(ByteAlphabet.CharacterOf((byte)value).ToString()))
            {
                throw Invalid($"the byte 0x{value:X2} has no token", "take the file from its source again");
            }
        }
    }

    private SortedDictionary<int, AddedToken> ReadAddedTokens(TokenizerSettings settings, TiktokenFamily family)
    {
        SortedDictionary<int, AddedToken> added = [];
        if (!settings.DescribesAddedTokens)
        {
            foreach ((int id, string token) in family.Special)
            {
                added[id] = new AddedToken(id, token, true, false, false, false, false);
            }
        }

        settings.AddTo(added, token => _ids.TryGetValue(token, out int id) ? id : null);
        return added;
    }

    private void WriteModel(Utf8JsonWriter json, List<(string Token, int Rank)> tokens)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteBoolean("ignore_merges", true);
        json.WriteStartObject("vocab");
        foreach ((string token, int rank) in tokens)
        {
            json.WriteNumber(token, rank);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach ((string left, string right) in MergeList.Of(tokens.Select(token => (token.Token, (double)token.Rank)), _ids.Keys))
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private CompilationException Invalid(string problem, string help) =>
        new(Codes.TokenizerInvalid, problem, rankFile, help);
}
