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
            (string left, string right) = ReadPair(item);
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

    private static (string Left, string Right) ReadPair(JsonPart item)
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
        bool isPair = space > 0 && space < text.Length - 1 && text.IndexOf(' ', space + 1) < 0;
        return isPair
            ? (text[..space], text[(space + 1)..])
            : throw item.Invalid($"is '{text}', wanted two tokens with one space between them");
    }

    private static int Find(ReadOnlySpan<char> token, JsonPart item, Vocabulary vocabulary) =>
        vocabulary.IdOf(token) ?? throw item.Invalid(
            $"names the token '{token}', which the vocabulary lacks",
            "Both tokens of a merge and what they join to must be in model.vocab.");
}
