namespace Flightc.IR;

/// <summary>
/// Codes, multipliers and row scales of a weight (out, in): the value is <c>S[n] · m[n,g] · c[n,k]</c>.
/// </summary>
/// <remarks>
/// Invariant (docs/numerics.md §2): -2^(b-1) ≤ c &lt; 2^(b-1), 0 ≤ m ≤ 63, S finite and not negative, and
/// <c>Σ|c·m|·127 &lt; 2^31</c> in every row, so that INT32 sums are exact. Of every run of the format's
/// sparsity at most the kept number of codes is not 0; where that is a pattern, the 16×16 blocks of every tile, 16
/// rows from a multiple of 16 on by one group, can be matched to its entries so that no row of a block has more
/// codes that are not 0 than its entry.
/// </remarks>
public sealed class QuantizedMatrix
{
    /// <summary>Owns the arrays given.</summary>
    /// <exception cref="ArgumentException">An array has the wrong length.</exception>
    public QuantizedMatrix(
        int rows, int columns, QuantizedFormat format, sbyte[] codes, byte[] multipliers, float[] rowScales)
    {
        int groups = format.GroupsIn(columns);
        if (codes.LongLength != (long)rows * columns || multipliers.LongLength != (long)rows * groups
            || rowScales.Length != rows)
        {
            throw new ArgumentException($"the arrays do not fit {rows} rows, {columns} columns and {groups} groups");
        }

        (Rows, Columns, Format, Groups) = (rows, columns, format, groups);
        (Codes, Multipliers, RowScales) = (codes, multipliers, rowScales);
    }

    /// <summary>Output features N.</summary>
    public int Rows { get; }

    /// <summary>Input features K.</summary>
    public int Columns { get; }

    /// <summary>Bits, group size and sparsity.</summary>
    public QuantizedFormat Format { get; }

    /// <summary>Groups in a row.</summary>
    public int Groups { get; }

    /// <summary>(rows, columns)</summary>
    public sbyte[] Codes { get; }

    /// <summary>(rows, groups), 0 … 63</summary>
    public byte[] Multipliers { get; }

    /// <summary>(rows)</summary>
    public float[] RowScales { get; }

    /// <summary>Of all arrays.</summary>
    public long Bytes => Codes.LongLength + Multipliers.LongLength + (sizeof(float) * RowScales.LongLength);
}
