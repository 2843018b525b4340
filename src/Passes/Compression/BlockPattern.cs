using Flightc.IR;

namespace Flightc.Passes.Compression;

/// <summary>
/// Deals the entries of a pattern to the 16×16 blocks of a tile: which block keeps how many of every 16 weights of
/// a row, so that the scores of all weights kept have the largest sum.
/// </summary>
/// <remarks>
/// What a block is worth with N kept is the sum of the N largest scores of each of its rows. The choice is exact: an
/// assignment of blocks to entries, of which only the counts of each density matter, found by going through the
/// blocks with the best sum for every set of entries that is left (at most some hundred sets). Among equal sums
/// the blocks in lower columns get the denser entries. A pure function; scores may be squared magnitudes or any
/// other loss that a dropped weight costs, such as <c>w² / [H⁻¹]_kk</c> of optimal brain surgeons.
/// </remarks>
public static class BlockPattern
{
    private const int Side = 16;

    // By rank in a run, the number of the sparsest density that keeps it.
    private static readonly int[] SparsestThatKeeps =
    [
        .. Enumerable.Range(0, Side).Select(
            rank => Enumerable.Range(0, TilePattern.Densities.Count).Last(d => TilePattern.Densities[d] > rank)),
    ];

    /// <summary>Chooses how many weights each block keeps of every 16 of a row.</summary>
    /// <param name="scores">(rows, columns), row-major: what each weight is worth, finite and not negative. At most
    /// 16 rows, those of a row block, and as many columns as the matrix has in the tile.</param>
    /// <param name="columns">1 … 16 for each entry of the pattern.</param>
    /// <param name="pattern">The pattern of whole tiles; a tile of fewer blocks has
    /// <see cref="TilePattern.OfFirst"/> of it.</param>
    /// <param name="keptPerBlock">Gets the density of each block that the columns reach into: 16, 8, 4, 2 or 0. So many
    /// elements.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static void Choose(
        ReadOnlySpan<float> scores, int columns, TilePattern pattern, Span<byte> keptPerBlock)
    {
        int blocks = BlocksOf(columns);
        if (columns < 1 || blocks > pattern.Blocks || keptPerBlock.Length != blocks || scores.Length % columns != 0)
        {
            throw new ArgumentException(
                $"{scores.Length} scores in rows of {columns} are not {keptPerBlock.Length} blocks of {pattern}",
                nameof(scores));
        }

        int densities = TilePattern.Densities.Count;
        Span<double> worth = stackalloc double[blocks * densities];
        worth.Clear();
        for (int start = 0; start < scores.Length; start += columns)
        {
            for (int block = 0; block < blocks; block++)
            {
                int first = block * Side;
                AddRun(
                    scores.Slice(start + first, Math.Min(Side, columns - first)),
                    worth.Slice(block * densities, densities));
            }
        }

        Deal(worth, pattern, keptPerBlock);
    }

    /// <summary>Likewise for blocks of which is known what they are worth at every density.</summary>
    /// <param name="worth">(blocks, densities), densities as in <see cref="TilePattern.Densities"/>; finite, such as minus
    /// what dropping the rest costs.</param>
    /// <param name="pattern">As for <see cref="Choose"/>.</param>
    /// <param name="keptPerBlock">Gets the density of each block.</param>
    public static void Deal(ReadOnlySpan<double> worth, TilePattern pattern, Span<byte> keptPerBlock)
    {
        // A set of entries is numbered by how many of each density are in it, in mixed radix. best[b, set] is the largest
        // worth of the blocks from b on, with just these entries for them.
        int blocks = keptPerBlock.Length, densities = TilePattern.Densities.Count;
        TilePattern entries = pattern.OfFirst(blocks);
        Span<int> strides = stackalloc int[densities + 1];
        strides[0] = 1;
        for (int d = 0; d < densities; d++)
        {
            strides[d + 1] = strides[d] * (entries.Count(d) + 1);
        }

        int sets = strides[densities];
        double[] best = new double[(blocks + 1) * sets];
        best.AsSpan().Fill(double.NegativeInfinity);
        best[blocks * sets] = 0;
        for (int block = blocks - 1; block >= 0; block--)
        {
            for (int set = 0; set < sets; set++)
            {
                for (int d = 0; d < densities; d++)
                {
                    if (Has(set, d, strides))
                    {
                        double sum = worth[(block * densities) + d] + best[((block + 1) * sets) + set - strides[d]];
                        best[(block * sets) + set] = Math.Max(best[(block * sets) + set], sum);
                    }
                }
            }
        }

        int left = sets - 1;
        for (int block = 0; block < blocks; block++)
        {
            int density = 0;
            while (!Has(left, density, strides)
                || worth[(block * densities) + density] + best[((block + 1) * sets) + left - strides[density]]
                    != best[(block * sets) + left])
            {
                density++;
            }

            keptPerBlock[block] = (byte)TilePattern.Densities[density];
            left -= strides[density];
        }
    }

    /// <summary>Blocks of 16 columns that so many columns reach into.</summary>
    public static int BlocksOf(int columns) => (columns + Side - 1) / Side;

    // Adds, for every density, the sum of the largest scores of one row of a block.
    private static void AddRun(ReadOnlySpan<float> run, Span<double> worth)
    {
        Span<int> ranks = stackalloc int[Side];
        RunRanks.Of(run, ranks);

        // What each density keeps beyond the next sparser one.
        Span<double> more = stackalloc double[worth.Length];
        more.Clear();
        for (int k = 0; k < run.Length; k++)
        {
            more[SparsestThatKeeps[ranks[k]]] += run[k];
        }

        double sum = 0;
        for (int density = worth.Length - 1; density >= 0; density--)
        {
            sum += more[density];
            worth[density] += sum;
        }
    }

    private static bool Has(int set, int density, ReadOnlySpan<int> strides) =>
        set % strides[density + 1] / strides[density] > 0;
}
