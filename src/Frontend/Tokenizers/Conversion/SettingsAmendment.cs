using System.Text.Json;

namespace Flightc.Tokenizers;

/// <summary>
/// Brings into a <c>tokenizer.json</c> what the <c>tokenizer_config.json</c> beside it says otherwise, as the hub's
/// libraries do when they load the two.
/// </summary>
/// <remarks>
/// These are added tokens that the first lacks, and, for the classes that build their template from them,
/// <c>add_bos_token</c> and <c>add_eos_token</c>. Where the two contradict each other about an id the first is right.
/// </remarks>
internal sealed class SettingsAmendment(string folder, string file)
{
    private const string AddedTokens = "added_tokens";
    private const string PostProcessor = "post_processor";

    /// <summary>The bytes of the file, changed only where something has to be.</summary>
    /// <exception cref="Diagnostics.CompilationException">FLC1001, FLC1301.</exception>
    public byte[] Read()
    {
        byte[] bytes = TokenizerJson.ReadBytes(file);
        using TokenizerSettings settings = new(folder);
        bool hasSwitches = settings.BuildsTemplate
            && (settings.Flag("add_bos_token") ?? settings.Flag("add_eos_token")) is not null;
        if (!settings.DescribesAddedTokens && !hasSwitches)
        {
            return bytes;
        }

        using JsonDocument document = TokenizerJson.Parse(bytes, file);
        JsonPart root = new(document.RootElement, "", file);
        SortedDictionary<int, AddedToken> added = [];
        HashSet<string> contents = new(StringComparer.Ordinal);
        foreach (JsonPart item in root[AddedTokens].IsNull ? [] : root[AddedTokens].Items())
        {
            AddedToken token = TokenizerReader.ReadAddedToken(item);
            if (!contents.Add(token.Content) || !added.TryAdd(token.Id, token))
            {
                // A contradiction within the file is for its own reader to name.
                return bytes;
            }
        }

        int known = added.Count;
        AddMissing(settings, root["model"], added);
        (AddedToken? begin, AddedToken? end) = hasSwitches ? Template(settings, added) : default;
        bool isChanged = added.Count > known || (hasSwitches && !HasTemplate(root, begin, end));
        return isChanged
            ? Write(document.RootElement, added, hasSwitches, begin, end)
            : bytes;
    }

    private static void AddMissing(TokenizerSettings settings, JsonPart model, SortedDictionary<int, AddedToken> added)
    {
        Dictionary<string, int> known =
            added.Values.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        // Vocabularies are large, and most files need no look into theirs.
        Lazy<Dictionary<string, int>> own = new(() => Ids(model["vocab"]));
        SortedDictionary<int, AddedToken> described = [];
        settings.AddTo(described, token =>
            known.TryGetValue(token, out int id) || own.Value.TryGetValue(token, out id) ? id : null);
        List<AddedToken> missing =
            [.. described.Values.Where(token => !added.ContainsKey(token.Id) && !known.ContainsKey(token.Content))];
        HashSet<int> taken = missing.Count > 0 ? [.. own.Value.Values] : [];
        foreach (AddedToken token in missing)
        {
            if (own.Value.TryGetValue(token.Content, out int id) ? id == token.Id : !taken.Contains(token.Id))
            {
                added[token.Id] = token;
            }
        }
    }

    private static Dictionary<string, int> Ids(JsonPart vocabulary)
    {
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        if (vocabulary.IsArray)
        {
            int next = 0;
            foreach (JsonPart piece in vocabulary.Items())
            {
                ids.TryAdd(piece.Items().FirstOrDefault().TextOr("")!, next++);
            }
        }
        else
        {
            foreach ((string token, JsonPart id) in vocabulary.Members())
            {
                ids.TryAdd(token, id.Number(Vocabulary.MaximumId));
            }
        }

        return ids;
    }

    private static (AddedToken? Begin, AddedToken? End) Template(
        TokenizerSettings settings, SortedDictionary<int, AddedToken> added) =>
        (settings.TemplateToken(settings.Flag("add_bos_token") ?? true, "bos_token", added),
            settings.TemplateToken(settings.Flag("add_eos_token") ?? false, "eos_token", added));

    /// <summary>Whether the file's own template already adds just these two.</summary>
    private static bool HasTemplate(JsonPart root, AddedToken? begin, AddedToken? end)
    {
        SequenceTemplate template = TemplateReader.Read(root[PostProcessor], vocabulary: null);
        return template.Before.SequenceEqual(begin is null ? [] : [begin.Id])
            && template.After.SequenceEqual(end is null ? [] : [end.Id]);
    }

    private static byte[] Write(
        JsonElement root, SortedDictionary<int, AddedToken> added, bool hasSwitches, AddedToken? begin, AddedToken? end) =>
        ComponentWriter.WriteFile(json =>
        {
            ComponentWriter.WriteAddedTokens(json, added.Values);
            if (hasSwitches)
            {
                ComponentWriter.WriteTemplate(json, begin, end);
            }

            foreach (JsonProperty member in root.EnumerateObject())
            {
                if (member.Name is not ("version" or AddedTokens) && !(hasSwitches && member.Name == PostProcessor))
                {
                    member.WriteTo(json);
                }
            }
        });
}
