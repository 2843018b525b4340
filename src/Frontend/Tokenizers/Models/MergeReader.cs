namespace Flightc.Tokenizers;

/// <summary>Reads merge rules, written as <c>"a b"</c> or <c>["a", "b"]</c>.</summary>
internal static class MergeReader
{
    public static MergeTable Read(JsonPart part, Vocabulary vocabulary)
    {
        ulong[] pairs = new ulong[part.Count];
        int[] results = new int[pairs.Length];
        int rank = 0;
        char[] joined = new char[256];
        foreach (JsonPart item in part.Items())
        {
            (string left, string right) = ReadPair(item, vocabulary);
            int length = left.Length + right.Length;
            if (length > joined.Length)
            {
                joined = new char[length * 2];
            }

            left.CopyTo(joined);
            right.CopyTo(joined.AsSpan(left.Length));
            ulong leftId = (uint)Find(left, item, vocabulary);
            pairs[rank] = (leftId << 32) | (uint)Find(right, item, vocabulary);
            results[rank] = Find(joined.AsSpan(0, length), item, vocabulary);
            rank++;
        }

        return new MergeTable(pairs, results, vocabulary.Size);
    }

    private static (string Left, string Right) ReadPair(JsonPart item, Vocabulary vocabulary)
    {
        if (item.IsArray)
        {
            string[] parts = [.. item.Items().Take(3).Select(p => p.Text())];
            return parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0
                ? (parts[0], parts[1])
                : throw item.Invalid("is not a pair of tokens, wanted two texts that are not empty");
        }

        string text = item.Text();
        int space = text.IndexOf(' ');
        if (space > 0 && space < text.Length - 1 && text.IndexOf(' ', space + 1) < 0)
        {
            return (text[..space], text[(space + 1)..]);
        }

        return FindOnlyCut(text, vocabulary)
            ?? throw item.Invalid($"is '{text}', wanted two tokens of the vocabulary with one space between them");
    }

    /// <summary>
    /// Where tokens contain spaces themselves, the separator is the space that leaves tokens on both sides
    /// and joins to one.
    /// </summary>
    private static (string Left, string Right)? FindOnlyCut(string text, Vocabulary vocabulary)
    {
        (string Left, string Right)? found = null;
        // Every further space costs a look at the whole text, and no token in use has so many.
        const int MaximumLength = 256;
        int end = text.Length > MaximumLength ? 0 : text.Length - 1;
        for (int space = 1; space < end; space++)
        {
            string left = text[..space];
            string right = text[(space + 1)..];
            if (text[space] != ' '
                || vocabulary.IdOf(left) is null
                || vocabulary.IdOf(right) is null
                || vocabulary.IdOf(left + right) is null)
            {
                continue;
            }

            if (found is not null)
            {
                return null;
            }

            found = (left, right);
        }

        return found;
    }

    private static int Find(ReadOnlySpan<char> token, JsonPart item, Vocabulary vocabulary) =>
        vocabulary.IdOf(token) ?? throw item.Invalid(
            $"names the token '{token}', which the vocabulary lacks",
            "Both tokens of a merge and what they join to must be in model.vocab.");
}
