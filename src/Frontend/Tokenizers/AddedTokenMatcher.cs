using System.Buffers;
using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// Cuts text at added tokens: leftmost first, and the longest of those that start at one place.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private const int Root = 0;

    private readonly Dictionary<long, int> _edges = [];
    private readonly List<AddedToken?> _tokenAt = [null];
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">
    /// The tokens with the text to look for each; of equal texts the first counts.
    /// </param>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        SortedSet<char> first = [];
        foreach ((string text, AddedToken token) in tokens)
        {
            if (text.Length > 0)
            {
                Insert(text, token);
                first.Add(text[0]);
            }
        }

        _firstCharacters = SearchValues.Create([.. first]);
    }

    /// <summary>A stretch of text: a token, or what lies between tokens where <c>Token</c> is null.</summary>
    public readonly record struct Segment(AddedToken? Token, int Start, int End);

    /// <summary>The segments of a text in order, none of them empty.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="includeSpecial">Whether special tokens are looked for; where not, they are text.</param>
    public List<Segment> Split(string text, bool includeSpecial)
    {
        List<Segment> segments = [];
        int done = 0;
        for (int from = 0; TryFind(text, from, out int start, out int end, out AddedToken? token);)
        {
            from = end;
            if ((token.IsSpecial && !includeSpecial) || (token.IsSingleWord && IsInsideWord(text, start, end)))
            {
                continue;
            }

            start = token.StripsLeft ? Math.Max(done, SpaceBefore(text, start)) : start;
            end = token.StripsRight ? SpaceAfter(text, end) : end;
            if (done < start)
            {
                segments.Add(new Segment(null, done, start));
            }

            segments.Add(new Segment(token, start, end));
            from = done = end;
        }

        if (done < text.Length)
        {
            segments.Add(new Segment(null, done, text.Length));
        }

        return segments;
    }

    private bool TryFind(string text, int from, out int start, out int end, out AddedToken token)
    {
        for (start = from; ; start++)
        {
            int offset = text.AsSpan(start).IndexOfAny(_firstCharacters);
            if (offset < 0)
            {
                end = start;
                token = null!;
                return false;
            }

            start += offset;
            if (TryMatch(text, start, out end, out token))
            {
                return true;
            }
        }
    }

    private bool TryMatch(string text, int start, out int end, out AddedToken token)
    {
        end = start;
        token = null!;
        int node = Root;
        for (int i = start; i < text.Length && _edges.TryGetValue(Edge(node, text[i]), out node); i++)
        {
            if (_tokenAt[node] is AddedToken found)
            {
                end = i + 1;
                token = found;
            }
        }

        return end > start;
    }

    private void Insert(string text, AddedToken token)
    {
        int node = Root;
        foreach (char character in text)
        {
            if (!_edges.TryGetValue(Edge(node, character), out int next))
            {
                next = _tokenAt.Count;
                _tokenAt.Add(null);
                _edges.Add(Edge(node, character), next);
            }

            node = next;
        }

        _tokenAt[node] ??= token;
    }

    private static long Edge(int node, char character) => ((long)node << 16) | character;

    private static bool IsInsideWord(string text, int start, int end)
    {
        // Decoding at the very ends reports U+FFFD, which is no word character.
        Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out Rune before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(end), out Rune after, out _);
        return CharacterClass.IsWord(before) || CharacterClass.IsWord(after);
    }

    private static int SpaceBefore(string text, int position) => text.AsSpan(0, position).TrimEnd().Length;

    private static int SpaceAfter(string text, int position) =>
        text.Length - text.AsSpan(position).TrimStart().Length;
}
