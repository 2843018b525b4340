using System.Text;

namespace Flightc.Tokenizers;

/// <summary>
/// Unicode normalization forms C and D (Unicode Standard Annex 15), independent of system and culture.
/// </summary>
/// <remarks>
/// The runtime's own <c>string.Normalize</c> returns its input when globalization is invariant.
/// </remarks>
internal sealed class CanonicalNormalizer(bool compose) : INormalizer
{
    // Below, no character has a combining class, and form C leaves all of them alone; below 128, so does form
    // D.
    private const char FirstCombining = '\u0300';
    private const char FirstDecomposable = '\u0080';

    public string Normalize(string text)
    {
        char first = compose ? FirstCombining : FirstDecomposable;
        return text.AsSpan().IndexOfAnyExceptInRange('\0', (char)(first - 1)) < 0 ? text : Rewrite(text);
    }

    private string Rewrite(string text)
    {
        List<int> points = new(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            CanonicalTables.Decompose(rune.Value, points);
        }

        int[] classes = new int[points.Count];
        Order(points, classes);
        if (compose)
        {
            Compose(points, classes);
        }

        StringBuilder result = new(text.Length);
        foreach (int point in points)
        {
            _ = point < 0x10000 ? result.Append((char)point) : result.Append(char.ConvertFromUtf32(point));
        }

        return result.ToString();
    }

    /// <summary>
    /// Puts every run of marks in the order of their classes, equal ones staying as they were.
    /// </summary>
    private static void Order(List<int> points, int[] classes)
    {
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = CanonicalTables.ClassOf(points[i]);
        }

        for (int start = 0; start < classes.Length; start++)
        {
            if (classes[start] == 0)
            {
                continue;
            }

            int end = start + 1;
            bool sorted = true;
            while (end < classes.Length && classes[end] != 0)
            {
                sorted &= classes[end - 1] <= classes[end];
                end++;
            }

            if (!sorted)
            {
                SortMarks(points, classes, start, end);
            }

            start = end;
        }
    }

    private static void SortMarks(List<int> points, int[] classes, int start, int end)
    {
        // The place in the key makes the sort stable; a run may be as long as the text, so no insertion sort.
        long[] keys = new long[end - start];
        int[] values = new int[end - start];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = ((long)classes[start + i] << 32) | (uint)i;
            values[i] = points[start + i];
        }

        Array.Sort(keys, values);
        for (int i = 0; i < keys.Length; i++)
        {
            points[start + i] = values[i];
            classes[start + i] = (int)(keys[i] >> 32);
        }
    }

    /// <summary>
    /// Joins marks with their starter wherever nothing of the same or a higher class stands between.
    /// </summary>
    private static void Compose(List<int> points, int[] classes)
    {
        const int NoStarter = -1;
        int written = 0;
        int starter = NoStarter;
        // The class of what was kept last after the starter; 0 while nothing was.
        int lastClass = 0;
        for (int i = 0; i < points.Count; i++)
        {
            bool isReachable = starter != NoStarter && (lastClass < classes[i] || lastClass == 0);
            if (isReachable && CanonicalTables.Compose(points[starter], points[i]) is int composite)
            {
                points[starter] = composite;
                continue;
            }

            lastClass = classes[i];
            if (lastClass == 0)
            {
                starter = written;
            }

            points[written++] = points[i];
        }

        points.RemoveRange(written, points.Count - written);
    }
}
