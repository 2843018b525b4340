namespace Flightc.Tokenizers;

/// <summary>Each pre-tokenizer cuts the words of the one before; without any the piece is one word.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> parts) : IPreTokenizer
{
    public void Split(ReadOnlyMemory<char> piece, bool isFirst, List<ReadOnlyMemory<char>> words)
    {
        if (parts.Count == 1)
        {
            parts[0].Split(piece, isFirst, words);
            return;
        }

        List<ReadOnlyMemory<char>> current = [piece];
        foreach (IPreTokenizer part in parts)
        {
            List<ReadOnlyMemory<char>> next = [];
            for (int i = 0; i < current.Count; i++)
            {
                part.Split(current[i], isFirst && i == 0, next);
            }

            current = next;
        }

        words.AddRange(current);
    }
}
