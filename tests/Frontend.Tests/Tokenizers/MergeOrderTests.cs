using Flightc.Tokenizers;

namespace Flightc.Tests.Tokenizers;

public sealed class MergeOrderTests
{
    [Fact]
    public void The_queue_joins_as_a_search_for_the_best_pair_in_every_round_does()
    {
        Random random = new(11);
        for (int trial = 0; trial < 200; trial++)
        {
            string[] merges = RandomMerges(random, 12);
            Tokenizer tokenizer = SmallTokenizer.OfCharacters("abc").Merge(merges).Build();
            for (int word = 0; word < 20; word++)
            {
                string text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => "abc"[random.Next(3)]));
                Assert.Equal(
                    string.Join('|', JoinByRounds(text, merges)),
                    string.Join('|', tokenizer.Encode(text).Select(tokenizer.TokenOf)));
            }
        }
    }

    /// <summary>Pairs of letters and of what earlier pairs made, in shuffled order of rank.</summary>
    private static string[] RandomMerges(Random random, int count)
    {
        List<string> tokens = ["a", "b", "c"];
        HashSet<string> pairs = [];
        while (pairs.Count < count)
        {
            string left = tokens[random.Next(tokens.Count)];
            string right = tokens[random.Next(tokens.Count)];
            if (pairs.Add($"{left} {right}"))
            {
                tokens.Add(left + right);
            }
        }

        string[] merges = [.. pairs.Order(StringComparer.Ordinal)];
        random.Shuffle(merges);
        return merges;
    }

    private static List<string> JoinByRounds(string text, string[] merges)
    {
        List<string> symbols = [.. text.Select(c => c.ToString())];
        while (true)
        {
            int best = merges.Length;
            int place = -1;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                int rank = Array.IndexOf(merges, $"{symbols[i]} {symbols[i + 1]}");
                if (rank >= 0 && rank < best)
                {
                    best = rank;
                    place = i;
                }
            }

            if (place < 0)
            {
                return symbols;
            }

            symbols[place] += symbols[place + 1];
            symbols.RemoveAt(place + 1);
        }
    }
}
