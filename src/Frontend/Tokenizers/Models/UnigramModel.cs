using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// A unigram language model: of all ways to cut a word into pieces the one whose pieces have the largest sum of
/// logarithms of probability (Kudo 2018, "Subword regularization").
/// </summary>
/// <remarks>
/// The search is Viterbi's: time is the length of the word by that of the longest piece. A character that no piece
/// covers costs ten more than the unlikeliest piece, as in SentencePiece, and becomes its UTF-8 bytes or the unknown
/// token.
/// </remarks>
internal sealed class UnigramModel : ITokenModel
{
    private const double UnknownPenalty = 10;
    private const int Unknown = -1;

    private readonly PieceIndex _pieces;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int? _unknownId;
    private readonly ByteTokens? _bytes;

    /// <param name="vocabulary">Must hold only the model's own tokens when this is called.</param>
    /// <param name="scores">The logarithm of each id's probability, finite.</param>
    /// <param name="unknownId">Stands for what has no piece; null drops it.</param>
    /// <param name="byteFallback">Try the byte tokens before the unknown token.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, int? unknownId, bool byteFallback)
    {
        // What stands for the unknown is no text that could be met.
        int[] ids = [.. Enumerable.Range(0, scores.Length).Where(id => id != unknownId)];
        _pieces = new PieceIndex(ids.Select(id => vocabulary.TokenOf(id)!), ids);
        _scores = scores;
        _unknownScore = scores.Min() - UnknownPenalty;
        _unknownId = unknownId;
        _bytes = byteFallback ? new ByteTokens(vocabulary) : null;
    }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> word, EncodingMemory memory, List<int> ids)
    {
        BestPaths paths = memory.Paths;
        FindPaths(word, paths);
        int first = ids.Count;
        for (int end = word.Length; end > 0;)
        {
            (int start, int id) = paths.PieceTo(end);
            // One unknown token for a run of unknown characters.
            while (id == Unknown && start > 0 && paths.PieceTo(start).Id == Unknown)
            {
                start = paths.PieceTo(start).Start;
            }

            Append(word[start..end], id, ids);
            end = start;
        }

        ids.Reverse(first, ids.Count - first);
    }

    private void FindPaths(ReadOnlySpan<char> word, BestPaths paths)
    {
        paths.Clear(word.Length);
        for (int start = 0; start < word.Length;)
        {
            Rune.DecodeFromUtf16(word[start..], out _, out int width);
            bool hasCharacter = false;
            PieceIndex.Matches matches = _pieces.At(word[start..]);
            while (matches.TryNext(out int id, out int length))
            {
                paths.Offer(start, start + length, id, _scores[id]);
                hasCharacter |= length == width;
            }

            if (!hasCharacter)
            {
                paths.Offer(start, start + width, Unknown, _unknownScore);
            }

            start += width;
        }
    }

    /// <summary>Appends a piece, the ids of unknown text last first.</summary>
    private void Append(ReadOnlySpan<char> text, int id, List<int> ids)
    {
        if (id != Unknown)
        {
            ids.Add(id);
            return;
        }

        int[] spelled = new int[_bytes is null ? 0 : text.Length * 4];
        if (_bytes is not null && _bytes.TrySpell(text, spelled, out int count))
        {
            for (int i = count - 1; i >= 0; i--)
            {
                ids.Add(spelled[i]);
            }
        }
        else if (_unknownId is int unknown)
        {
            ids.Add(unknown);
        }
    }
}
