namespace Flightc.IR;

/// <summary>How many weights of a row are kept: docs/numerics.md §2. The default keeps all.</summary>
/// <param name="Kept">N: weights of every run that may differ from 0; where there is a pattern, its largest.</param>
/// <param name="Run">M: length of a run along K; runs begin at column 0, and a last one may be short.</param>
public readonly record struct Sparsity(int Kept, int Run)
{
    // Columns of a block of a tile, in which hardware counts what is kept.
    private const int BlockColumns = 16;

    private const string PatternSuffix = ":16";

    /// <summary>Every sparsity that there is of one N for all runs, besides keeping all.</summary>
    public static IReadOnlyList<Sparsity> All { get; } = [new(8, 16), new(4, 16), new(2, 16), new(2, 4)];

    /// <summary>The densities of a tile's blocks where they differ; empty where all runs have one N.</summary>
    public TilePattern Pattern { get; private init; }

    /// <summary>Whether all weights are kept.</summary>
    public bool IsDense => this == default;

    /// <summary>Whether it is one of <see cref="All"/>, a pattern, or keeps all.</summary>
    public bool IsKnown => All.Contains(this) || this == Of(Pattern);

    /// <summary>
    /// The most weights kept of 16 columns from a multiple of 16 on: 16 when dense; 8 of 2:4; the largest of a
    /// pattern.
    /// </summary>
    public int KeptOf16 => IsDense ? BlockColumns : BlockColumns / Run * Kept;

    /// <summary>The share of weights kept in whole tiles, 0 … 1.</summary>
    public double Share => Pattern.IsEmpty
        ? (double)KeptOf16 / BlockColumns
        : (double)Pattern.Kept / (Pattern.Blocks * BlockColumns);

    /// <summary>The sparsity of a pattern; keeps all where it is empty.</summary>
    public static Sparsity Of(TilePattern pattern) =>
        pattern.IsEmpty ? default : new Sparsity(pattern[0], BlockColumns) { Pattern = pattern };

    /// <summary>Whether tiles of groups of so many columns can have it: a pattern has an entry for each 16.</summary>
    public bool Fits(int groupSize) => Pattern.IsEmpty || Pattern.Blocks * BlockColumns == groupSize;

    /// <summary>A sparsity such as <c>8:16</c> or <c>16.8.8.4:16</c>; null where there is no such.</summary>
    public static Sparsity? Parse(string text)
    {
        foreach (Sparsity sparsity in All)
        {
            if (sparsity.ToString() == text)
            {
                return sparsity;
            }
        }

        return text.EndsWith(PatternSuffix, StringComparison.Ordinal)
            && TilePattern.Parse(text[..^PatternSuffix.Length]) is { } pattern
            ? Of(pattern)
            : null;
    }

    /// <summary><c>8:16</c>, or <c>16.8.8.4:16</c>; nothing when dense.</summary>
    public override string ToString() =>
        IsDense ? "" : Pattern.IsEmpty ? $"{Kept}:{Run}" : $"{Pattern}{PatternSuffix}";
}
