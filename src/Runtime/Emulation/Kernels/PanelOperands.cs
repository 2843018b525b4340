namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// What <see cref="PanelProduct"/> multiplies: two row blocks of up to <see cref="TokenQuads.Panel"/> columns,
/// spread to bytes, and the activations of all tokens in those columns.
/// </summary>
internal unsafe struct PanelOperands
{
    /// <summary>Bytes of a block of both row blocks in <see cref="Codes"/>.</summary>
    public const int BlockBytes = 512;

    /// <summary>Bytes of a segment's multipliers.</summary>
    public const int MultiplierBytes = 128;

    /// <summary>Bytes of a quad's sums.</summary>
    public const int SumBytes = 512;

    /// <summary>
    /// (blocks, 4 units, 2 row blocks, 16 rows, 4 columns) codes with sign, or planes of them.
    /// </summary>
    public sbyte* Codes;

    /// <summary>Of every block, where its activations begin in a quad, in bytes.</summary>
    public int* Columns;

    /// <summary>Blocks of every segment, at least 1: neighbours with the same multipliers.</summary>
    public int* Counts;

    /// <summary>Segments.</summary>
    public int Segments;

    /// <summary>(segments, 2 row blocks, 16 rows, 2) multipliers, each twice.</summary>
    public short* Multipliers;

    /// <summary>
    /// How many products of a unit and an activation may be added in an INT16 lane: 1, 2, or all those of a
    /// segment (4 and more).
    /// </summary>
    public int UnitsPerFlush;

    /// <summary>The panel in <see cref="TokenQuads"/>.</summary>
    public byte* X;

    /// <summary>Quads of tokens.</summary>
    public int Quads;

    /// <summary>(quads, 2 row blocks, 4 tokens, 16 rows) sums.</summary>
    public int* Sums;

    /// <summary>(2 row blocks, 16 rows) sums for an activation of 1 in every column.</summary>
    public int* CodeSums;
}
