using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// Spells every UTF-8 byte as a character of the <see cref="ByteAlphabet"/>, after cutting by GPT-2's pattern
/// if asked.
/// </summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool usePattern) : IPreTokenizer
{
    public void Split(ReadOnlyMemory<char> piece, bool isFirst, List<ReadOnlyMemory<char>> words)
    {
        ReadOnlySpan<char> text = piece.Span;
        if (addPrefixSpace && text[0] != ' ')
        {
            text = $" {text}";
        }

        char[] spelled = new char[Encoding.UTF8.GetByteCount(text)];
        int written = 0;
        for (int start = 0; start < text.Length;)
        {
            int end = usePattern ? WordPattern.Gpt2.MatchEnd(text, start) : text.Length;
            int count = ByteAlphabet.Spell(text[start..end], spelled.AsSpan(written));
            words.Add(spelled.AsMemory(written, count));
            written += count;
            start = end;
        }
    }
}
