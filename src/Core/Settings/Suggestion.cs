namespace Flightc.Settings;

/// <summary>Finds what somebody may have meant by a word that does not exist.</summary>
public static class Suggestion
{
    /// <summary><c>; did you mean 'channels'?</c>, or nothing where no known word is close.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">What could have been.</param>
    /// <remarks>
    /// Close is an edit distance (insertions, deletions, substitutions, exchanged neighbours: the restricted
    /// Damerau–Levenshtein distance) of at most a third of the longer word, or a part of the other word with
    /// at least three letters. The first among equals is taken.
    /// </remarks>
    public static string For(string word, IEnumerable<string> known)
    {
        // Nobody means a key by a text of this length, and the distance takes quadratic time.
        if (word.Length > 64)
        {
            return "";
        }

        string? best = null;
        int least = int.MaxValue;
        foreach (string candidate in known)
        {
            int distance = Distance(word, candidate);
            bool isPart = word.Length >= 3 && candidate.Contains(word, StringComparison.OrdinalIgnoreCase);
            if ((distance * 3 <= Math.Max(word.Length, candidate.Length) || isPart) && distance < least)
            {
                best = candidate;
                least = distance;
            }
        }

        return best is null ? "" : $"; did you mean '{best}'?";
    }

    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
