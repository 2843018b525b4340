namespace Flightc.Tokenizers;

/// <summary>When a text gets a leading word mark.</summary>
internal enum PrependScheme
{
    /// <summary>Every piece between added tokens.</summary>
    Always,

    /// <summary>Only at the very start of the text.</summary>
    First,

    /// <summary>No piece.</summary>
    Never,
}

/// <summary>Turns spaces into a visible mark (U+2581 as a rule) and starts a word at each.</summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme scheme, bool split) : IPreTokenizer
{
    public void Split(ReadOnlyMemory<char> piece, bool isFirst, List<ReadOnlyMemory<char>> words)
    {
        string text = piece.ToString().Replace(' ', mark);
        bool prepends = scheme == PrependScheme.Always || (scheme == PrependScheme.First && isFirst);
        if (prepends && text[0] != mark)
        {
            text = mark + text;
        }

        if (!split)
        {
            words.Add(text.AsMemory());
            return;
        }

        for (int start = 0; start < text.Length;)
        {
            int next = text.IndexOf(mark, start + 1);
            int end = next < 0 ? text.Length : next;
            words.Add(text.AsMemory(start, end - start));
            start = end;
        }
    }
}
