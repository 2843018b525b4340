namespace Flightc.Tokenizers;

/// <summary>Separates numbers from everything else, each character of a number by itself if asked.</summary>
internal sealed class DigitsPreTokenizer(bool individual) : IPreTokenizer
{
    public void Split(ReadOnlyMemory<char> piece, bool isFirst, List<ReadOnlyMemory<char>> words)
    {
        ReadOnlySpan<char> text = piece.Span;
        int start = 0;
        int position = 0;
        while (position < text.Length)
        {
            if (CharacterClass.At(text, position, out int length) != CharacterKind.Number)
            {
                position += length;
                continue;
            }

            Add(start, position);
            start = position;
            position = individual ? position + length : CharacterClass.RunEnd(text, position, CharacterKind.Number);
            Add(start, position);
            start = position;
        }

        Add(start, position);

        void Add(int from, int to)
        {
            if (to > from)
            {
                words.Add(piece[from..to]);
            }
        }
    }
}
