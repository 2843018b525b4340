namespace Flightc.IR;

/// <summary>How many weights of a row are kept: docs/numerics.md §2. The default keeps all.</summary>
/// <param name="Kept">N: weights of every run that may differ from 0.</param>
/// <param name="Run">M: length of a run along K; runs begin at column 0, and a last one may be short.</param>
public readonly record struct Sparsity(int Kept, int Run)
{
    // Columns of a block of a tile, in which hardware counts what is kept.
    private const int BlockColumns = 16;

    /// <summary>Every sparsity that there is, besides keeping all.</summary>
    public static IReadOnlyList<Sparsity> All { get; } = [new(8, 16), new(4, 16), new(2, 16), new(2, 4)];

    /// <summary>Whether all weights are kept.</summary>
    public bool IsDense => this == default;

    /// <summary>Whether it is one of <see cref="All"/>, or keeps all.</summary>
    public bool IsKnown => IsDense || All.Contains(this);

    /// <summary>The most weights kept of 16 columns from a multiple of 16 on: 16 when dense; 8 of 2:4.</summary>
    public int KeptOf16 => IsDense ? BlockColumns : BlockColumns / Run * Kept;

    /// <summary>A sparsity such as <c>8:16</c>; null where it is none of <see cref="All"/>.</summary>
    public static Sparsity? Parse(string text)
    {
        foreach (Sparsity sparsity in All)
        {
            if (sparsity.ToString() == text)
            {
                return sparsity;
            }
        }

        return null;
    }

    /// <summary><c>8:16</c>; nothing when dense.</summary>
    public override string ToString() => IsDense ? "" : $"{Kept}:{Run}";
}
