namespace Flightc.Tokenizers;

/// <summary>Cuts a piece into the matches of a <see cref="WordPattern"/>.</summary>
internal sealed class PatternPreTokenizer(WordPattern pattern) : IPreTokenizer
{
    public void Split(ReadOnlyMemory<char> piece, bool isFirst, List<ReadOnlyMemory<char>> words)
    {
        ReadOnlySpan<char> text = piece.Span;
        for (int start = 0; start < text.Length;)
        {
            int end = pattern.MatchEnd(text, start);
            words.Add(piece[start..end]);
            start = end;
        }
    }
}
