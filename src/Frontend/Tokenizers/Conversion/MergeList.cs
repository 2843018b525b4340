namespace Flightc.Tokenizers;

/// <summary>Finds the merges that a vocabulary stands for whose pieces join by priority.</summary>
/// <remarks>
/// SentencePiece and tiktoken state no merges: two neighbours join where the whole is a piece, the piece of the
/// highest priority first. Every way to cut a piece into two others is therefore a merge, with the piece's priority.
/// </remarks>
internal static class MergeList
{
    /// <summary>
    /// All merges by the priority of what they make. Among equals that with the longest beginning comes first, so that
    /// a piece that has begun to grow goes on, as it does where the leftmost of equal merges is taken.
    /// </summary>
    /// <param name="pieces">With their priorities, the smallest first to join.</param>
    /// <param name="known">The pieces that can take part.</param>
    public static IEnumerable<(string Left, string Right)> Of(
        IEnumerable<(string Text, double Priority)> pieces, IEnumerable<string> known)
    {
        HashSet<string> set = known.ToHashSet(StringComparer.Ordinal);
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> parts = set.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(double Priority, int Left, int Right, string Text)> cuts = [];
        foreach ((string text, double priority) in pieces)
        {
            for (int cut = 1; cut < text.Length; cut++)
            {
                // A half of a surrogate pair is no piece.
                if (parts.Contains(text.AsSpan(0, cut)) && parts.Contains(text.AsSpan(cut)))
                {
                    cuts.Add((priority, -cut, cut - text.Length, text));
                }
            }
        }

        // Sorting that keeps the order of equals: it is that of the pieces.
        foreach ((_, int left, _, string text) in
            cuts.OrderBy(cut => cut.Priority).ThenBy(cut => cut.Left).ThenBy(cut => cut.Right))
        {
            yield return (text[..-left], text[-left..]);
        }
    }
}
