using System.Globalization;

namespace Flightc.IR;

/// <summary>
/// How densely the 16×16 blocks of a tile are kept, without saying which block is how dense: a multiset of
/// 16, 8, 4, 2 and 0 of 16, one entry for each block. Every tile of a weight has the same pattern, so that its
/// size does not depend on data: docs/numerics.md §2.
/// </summary>
/// <remarks>The default is empty: no pattern.</remarks>
public readonly record struct TilePattern
{
    // Entries of each density, densest first, in fields of 4 bits.
    private readonly uint _counts;

    private TilePattern(uint counts) => _counts = counts;

    /// <summary>What an entry can be, densest first: weights kept of every 16 of a row.</summary>
    public static IReadOnlyList<int> Densities { get; } = [16, 8, 4, 2, 0];

    /// <summary>Whether it has no entries.</summary>
    public bool IsEmpty => _counts == 0;

    /// <summary>Entries, of which a tile has one for each 16 columns: 2, 4 or 8.</summary>
    public int Blocks
    {
        get
        {
            int blocks = 0;
            for (int d = 0; d < Densities.Count; d++)
            {
                blocks += Count(d);
            }

            return blocks;
        }
    }

    /// <summary>The sum of all entries: weights kept of a row of a tile.</summary>
    public int Kept
    {
        get
        {
            int kept = 0;
            for (int d = 0; d < Densities.Count; d++)
            {
                kept += Densities[d] * Count(d);
            }

            return kept;
        }
    }

    /// <summary>Entries that keep <c>Densities[density]</c> of 16.</summary>
    public int Count(int density) => (int)(_counts >> (4 * density)) & 15;

    /// <summary>An entry, the densest being number 0.</summary>
    public int this[int entry]
    {
        get
        {
            for (int d = 0; d < Densities.Count; d++)
            {
                entry -= Count(d);
                if (entry < 0)
                {
                    return Densities[d];
                }
            }

            throw new ArgumentOutOfRangeException(nameof(entry));
        }
    }

    /// <summary>
    /// The pattern of a tile of which the matrix reaches into fewer blocks: entry i of <paramref name="blocks"/>
    /// is entry <c>⌊i · Blocks / blocks⌋</c> of this one, so that it keeps at least the same share.
    /// </summary>
    /// <param name="blocks">1 … <see cref="Blocks"/>; at that it is the same pattern.</param>
    public TilePattern OfFirst(int blocks)
    {
        int all = Blocks;
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, all);
        if (blocks == all)
        {
            return this;
        }

        uint counts = 0;
        for (int i = 0; i < blocks; i++)
        {
            counts += Field(this[i * all / blocks]);
        }

        return new TilePattern(counts);
    }

    /// <summary>The pattern with these entries, in any order.</summary>
    /// <param name="entries">2, 4 or 8 of <see cref="Densities"/>, not all of them alike: that is a sparsity
    /// such as 8:16, or none.</param>
    /// <returns>null where they are no pattern.</returns>
    public static TilePattern? Of(ReadOnlySpan<int> entries)
    {
        if (entries.Length is not (2 or 4 or 8) || entries.IndexOfAnyExcept(entries[0]) < 0)
        {
            return null;
        }

        uint counts = 0;
        foreach (int entry in entries)
        {
            if (!Densities.Contains(entry))
            {
                return null;
            }

            counts += Field(entry);
        }

        return new TilePattern(counts);
    }

    /// <summary>Every pattern of a tile.</summary>
    /// <param name="blocks">Entries: 2, 4 or 8.</param>
    public static IEnumerable<TilePattern> All(int blocks)
    {
        int[] entries = new int[blocks];
        return Choose(0, 0);

        IEnumerable<TilePattern> Choose(int place, int densest)
        {
            if (place == blocks)
            {
                return Of(entries) is { } pattern ? [pattern] : [];
            }

            return Enumerable.Range(densest, Densities.Count - densest).SelectMany(d =>
            {
                entries[place] = Densities[d];
                return Choose(place + 1, d).ToArray();
            });
        }
    }

    /// <summary>A pattern as <see cref="ToString"/> writes it; null where it is none.</summary>
    public static TilePattern? Parse(string text)
    {
        string[] words = text.Split('.');
        int[] entries = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out entries[i]))
            {
                return null;
            }
        }

        return Of(entries) is { } pattern && pattern.ToString() == text ? pattern : null;
    }

    /// <summary>The entries, densest first: <c>16.8.8.4</c>; nothing when empty.</summary>
    public override string ToString()
    {
        TilePattern pattern = this;
        return string.Join('.', Enumerable.Range(0, Blocks).Select(i => pattern[i]));
    }

    private static uint Field(int entry)
    {
        int density = 0;
        while (Densities[density] != entry)
        {
            density++;
        }

        return 1u << (4 * density);
    }
}
