namespace Flightc.Tokenizers;

/// <summary>Reads a <c>Unigram</c> model: pieces with the logarithms of their probabilities, by id.</summary>
internal static class UnigramReader
{
    /// <summary>What such a model calls itself.</summary>
    public const string Kind = "Unigram";

    // UTF-16 units. Encoding takes a text's length by this; pieces in use have sixteen and runs of spaces a hundred.
    private const int MaximumPieceLength = 512;

    /// <summary>The model, and its own tokens.</summary>
    public static (Vocabulary Vocabulary, ITokenModel Model) Read(JsonPart model)
    {
        JsonPart list = model["vocab"];
        int count = list.Count;
        if (count is 0 or > Vocabulary.MaximumId)
        {
            throw list.Invalid($"has {count} pieces, wanted 1 to {Vocabulary.MaximumId}");
        }

        Vocabulary vocabulary = new(count);
        double[] scores = new double[count];
        int id = 0;
        foreach (JsonPart item in list.Items())
        {
            JsonPart[] pair = [.. item.Items().Take(3)];
            if (pair.Length != 2)
            {
                throw item.Invalid("is not a pair of a piece and its score");
            }

            string piece = ComponentList.Literal(pair[0], MaximumPieceLength, mayBeEmpty: false);
            if (vocabulary.TryAdd(piece, id) is string conflict)
            {
                throw item.Invalid(conflict);
            }

            scores[id++] = pair[1].Real();
        }

        int? unknown = model["unk_id"].IsNull ? null : model["unk_id"].Number(count - 1);
        return (vocabulary, new UnigramModel(vocabulary, scores, unknown, model["byte_fallback"].FlagOr(false)));
    }
}
