namespace Flightc.Tokenizers;

/// <summary>What becomes of a delimiter between two words.</summary>
internal enum DelimiterBehavior
{
    /// <summary>It is dropped.</summary>
    Removed,

    /// <summary>It is a word of its own.</summary>
    Isolated,

    /// <summary>It ends the word before it.</summary>
    MergedWithPrevious,

    /// <summary>It starts the word after it.</summary>
    MergedWithNext,
}

/// <summary>Cuts a piece at every occurrence of a fixed text.</summary>
internal sealed class DelimiterPreTokenizer(string delimiter, DelimiterBehavior behavior) : IPreTokenizer
{
    public void Split(ReadOnlyMemory<char> piece, bool isFirst, List<ReadOnlyMemory<char>> words)
    {
        ReadOnlySpan<char> text = piece.Span;
        int wordStart = 0;
        for (int from = 0; ;)
        {
            int offset = text[from..].IndexOf(delimiter, StringComparison.Ordinal);
            if (offset < 0)
            {
                break;
            }

            int start = from + offset;
            int end = start + delimiter.Length;
            (int cut, int resume) = behavior switch
            {
                DelimiterBehavior.MergedWithPrevious => (end, end),
                DelimiterBehavior.MergedWithNext => (start, start),
                DelimiterBehavior.Removed or DelimiterBehavior.Isolated => (start, end),
            };
            Add(wordStart, cut);
            if (behavior == DelimiterBehavior.Isolated)
            {
                Add(start, end);
            }

            wordStart = resume;
            from = end;
        }

        Add(wordStart, text.Length);

        void Add(int start, int end)
        {
            if (end > start)
            {
                words.Add(piece[start..end]);
            }
        }
    }
}
