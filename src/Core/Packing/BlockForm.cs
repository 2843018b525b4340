namespace Flightc.Packing;

/// <summary>
/// How a 16×16 block is stored. It follows from the codes kept per row and from their width, whichever is
/// smallest.
/// </summary>
/// <param name="Density">What the tile header says.</param>
/// <param name="Layout">Order of the bytes.</param>
/// <param name="Kept">Codes stored per row: 16 when dense, 0 when absent.</param>
/// <param name="Bytes">Size in bytes.</param>
public readonly record struct BlockForm(BlockDensity Density, BlockLayout Layout, int Kept, int Bytes)
{
    /// <summary>Rows and columns of a block.</summary>
    public const int Side = 16;

    /// <summary>Columns of a unit; a block has four units.</summary>
    public const int UnitColumns = 4;

    private const int Densities = 5;

    private static readonly BlockForm[] Forms = MakeForms();

    /// <summary>The codes per row that a density keeps: 16, 8, 4, 2 or 0.</summary>
    public static int KeptBy(BlockDensity density) => density == BlockDensity.Absent ? 0 : Side >> (int)density;

    /// <summary>
    /// The smallest form with a density's codes per row; the first of dense, mask, index among equals.
    /// </summary>
    /// <remarks>Its <see cref="Density"/> is <see cref="BlockDensity.Dense"/> where dense is as small as
    /// any.</remarks>
    /// <param name="density">At least the codes that have to be kept.</param>
    /// <param name="bits">Width of a code, 2 … 8.</param>
    public static BlockForm Of(BlockDensity density, int bits) => Forms[((bits - 2) * Densities) + (int)density];

    /// <summary>The smallest form that holds <paramref name="nonZeros"/> codes in every row.</summary>
    /// <param name="nonZeros">The most codes that are not 0 in a row, 0 … 16.</param>
    /// <param name="bits">Width of a code, 2 … 8.</param>
    public static BlockForm Holding(int nonZeros, int bits)
    {
        BlockDensity density = nonZeros switch
        {
            0 => BlockDensity.Absent,
            <= 2 => BlockDensity.Eighth,
            <= 4 => BlockDensity.Quarter,
            <= 8 => BlockDensity.Half,
            _ => BlockDensity.Dense,
        };
        return Of(density, bits);
    }

    private static BlockForm[] MakeForms()
    {
        BlockForm[] forms = new BlockForm[7 * Densities];
        for (int bits = 2; bits <= 8; bits++)
        {
            for (int density = 0; density < Densities; density++)
            {
                forms[((bits - 2) * Densities) + density] = Smallest((BlockDensity)density, bits);
            }
        }

        return forms;
    }

    private static BlockForm Smallest(BlockDensity density, int bits)
    {
        if (density == BlockDensity.Absent)
        {
            return new BlockForm(density, BlockLayout.Absent, 0, 0);
        }

        int kept = KeptBy(density);
        int dense = 32 * bits;
        int mask = 32 + (2 * kept * bits);
        int index = (8 * kept) + (2 * kept * bits);
        if (dense <= mask && dense <= index)
        {
            return new BlockForm(BlockDensity.Dense, BlockLayout.Dense, Side, dense);
        }

        return mask <= index
            ? new BlockForm(density, BlockLayout.Mask, kept, mask)
            : new BlockForm(density, BlockLayout.Index, kept, index);
    }
}
