using System.Text.Json;

namespace Flightc.Tokenizers;

/// <summary>Reads a <c>tokenizer.json</c>.</summary>
internal static class TokenizerReader
{
    // Characters. The longest in use are runs of white space of about a hundred.
    private const int MaximumTokenLength = 1 << 16;
    // Every position of a text may have to be compared with so many characters.
    private const int MaximumAddedTokenLength = 256;
    private const int MaximumAddedTokens = 1 << 16;

    public static Tokenizer Read(ReadOnlySpan<byte> utf8, string location)
    {
        using JsonDocument document = TokenizerJson.Parse(utf8, location);
        JsonPart root = new(document.RootElement, "", location);
        JsonPart model = root["model"];
        CheckModel(model);

        Vocabulary vocabulary;
        ITokenModel words;
        if (KindOf(model) == UnigramReader.Kind)
        {
            (vocabulary, words) = UnigramReader.Read(model);
        }
        else
        {
            vocabulary = ReadVocabulary(model["vocab"]);
            words = ReadModel(model, vocabulary);
        }

        List<AddedToken> added = ReadAddedTokens(root["added_tokens"], vocabulary);
        return new Tokenizer(new TokenizerParts
        {
            Location = location,
            Vocabulary = vocabulary,
            AddedTokens = added,
            Normalizer = NormalizerReader.Read(root["normalizer"], location),
            PreTokenizer = PreTokenizerReader.Read(root["pre_tokenizer"]),
            Model = words,
            Template = TemplateReader.Read(root["post_processor"], vocabulary),
            Decoders = DecoderReader.Read(root["decoder"]),
        });
    }

    private static void CheckModel(JsonPart model)
    {
        if (KindOf(model) is not ("BPE" or UnigramReader.Kind))
        {
            throw model.Unknown("model", "BPE and Unigram");
        }

        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model[affix].TextOr("")!.Length > 0)
            {
                throw model[affix].Invalid(
                    $"is '{model[affix].Text()}', but only null or an empty text is supported");
            }
        }
    }

    // Files from before models were tagged have none but byte-pair models with merges.
    private static string KindOf(JsonPart model) => model["type"].TextOr("BPE")!;

    private static Vocabulary ReadVocabulary(JsonPart part)
    {
        Vocabulary vocabulary = new(expectedCount: 1024);
        foreach ((string token, JsonPart id) in part.Members())
        {
            if (token.Length > MaximumTokenLength)
            {
                throw part.Invalid($"has a token of {token.Length} characters, more than {MaximumTokenLength}");
            }

            if (vocabulary.TryAdd(token, id.Number(Vocabulary.MaximumId)) is string conflict)
            {
                throw part.Invalid(conflict);
            }
        }

        return vocabulary.Size > 0 ? vocabulary : throw part.Invalid("has no token");
    }

    private static BytePairModel ReadModel(JsonPart model, Vocabulary vocabulary)
    {
        int? unknown = null;
        if (model["unk_token"].TextOr(null) is string token)
        {
            unknown = vocabulary.IdOf(token)
                ?? throw model["unk_token"].Invalid($"is '{token}', which the vocabulary lacks");
        }

        return new BytePairModel(
            vocabulary,
            MergeReader.Read(model["merges"], vocabulary),
            unknown,
            model["fuse_unk"].FlagOr(false),
            model["byte_fallback"].FlagOr(false),
            model["ignore_merges"].FlagOr(false));
    }

    private static List<AddedToken> ReadAddedTokens(JsonPart part, Vocabulary vocabulary)
    {
        List<AddedToken> tokens = [];
        if (part.IsNull)
        {
            return tokens;
        }

        if (part.Count > MaximumAddedTokens)
        {
            throw part.Invalid($"has {part.Count} tokens, more than {MaximumAddedTokens}");
        }

        foreach (JsonPart item in part.Items())
        {
            AddedToken token = ReadAddedToken(item);
            if (vocabulary.TryAdd(token.Content, token.Id) is string conflict)
            {
                throw item.Invalid(conflict);
            }

            tokens.Add(token);
        }

        return tokens;
    }

    /// <summary>One of the <c>added_tokens</c>.</summary>
    public static AddedToken ReadAddedToken(JsonPart item)
    {
        string content = item["content"].Text();
        if (content.Length is 0 or > MaximumAddedTokenLength)
        {
            throw item["content"].Invalid($"has {content.Length} characters, wanted 1 to {MaximumAddedTokenLength}");
        }

        bool isSpecial = item["special"].FlagOr(false);
        return new AddedToken(
            item["id"].Number(Vocabulary.MaximumId),
            content,
            isSpecial,
            item["lstrip"].FlagOr(false),
            item["rstrip"].FlagOr(false),
            item["single_word"].FlagOr(false),
            item["normalized"].FlagOr(!isSpecial));
    }
}
