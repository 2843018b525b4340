namespace Flightc.Tokenizers;

/// <summary>
/// Look-ups in <see cref="CanonicalData"/>, with the arithmetic of Hangul syllables (The Unicode Standard,
/// 3.12).
/// </summary>
internal static class CanonicalTables
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    // One before the first trailing consonant: a syllable without one has index 0.
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Dictionary<int, (int First, int Second)> Decompositions = [];
    private static readonly Dictionary<long, int> Compositions = [];

    static CanonicalTables()
    {
        ReadOnlySpan<int> rows = CanonicalData.Decompositions;
        for (int row = 0; row < rows.Length; row += 3)
        {
            Decompositions.Add(rows[row], (rows[row + 1], rows[row + 2]));
            if (rows[row + 2] != 0 && CanonicalData.Excluded.BinarySearch(rows[row]) < 0)
            {
                Compositions.Add(Pair(rows[row + 1], rows[row + 2]), rows[row]);
            }
        }
    }

    /// <summary>The canonical combining class: 0 for starters, otherwise the place among marks.</summary>
    public static int ClassOf(int codePoint)
    {
        ReadOnlySpan<int> runs = CanonicalData.Classes;
        int low = 0;
        int high = (runs.Length / 3) - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            if (codePoint > runs[(middle * 3) + 1])
            {
                low = middle + 1;
            }
            else if (codePoint < runs[middle * 3])
            {
                high = middle - 1;
            }
            else
            {
                return runs[(middle * 3) + 2];
            }
        }

        return 0;
    }

    /// <summary>Appends the full canonical decomposition.</summary>
    public static void Decompose(int codePoint, List<int> target)
    {
        int syllable = codePoint - SyllableBase;
        if ((uint)syllable < SyllableCount)
        {
            target.Add(LeadBase + (syllable / (VowelCount * TrailCount)));
            target.Add(VowelBase + (syllable % (VowelCount * TrailCount) / TrailCount));
            if (syllable % TrailCount != 0)
            {
                target.Add(TrailBase + (syllable % TrailCount));
            }
        }
        else if (Decompositions.TryGetValue(codePoint, out (int First, int Second) parts))
        {
            // At most four steps deep in the data.
            Decompose(parts.First, target);
            if (parts.Second != 0)
            {
                // The second part never decomposes further.
                target.Add(parts.Second);
            }
        }
        else
        {
            target.Add(codePoint);
        }
    }

    /// <summary>The character that two characters compose to; null where they stay apart.</summary>
    public static int? Compose(int first, int second)
    {
        if ((uint)(first - LeadBase) < LeadCount && (uint)(second - VowelBase) < VowelCount)
        {
            return SyllableBase + ((((first - LeadBase) * VowelCount) + (second - VowelBase)) * TrailCount);
        }

        int syllable = first - SyllableBase;
        int trail = second - TrailBase;
        if ((uint)syllable < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            return first + trail;
        }

        return Compositions.TryGetValue(Pair(first, second), out int composite) ? composite : null;
    }

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;
}
