namespace Flightc.IR;

/// <summary>How a weight is stored: docs/numerics.md §2.</summary>
/// <param name="Bits">Width of a code, 2 … 8.</param>
/// <param name="GroupSize">Columns that share a multiplier: 32, 64 or 128.</param>
public readonly record struct QuantizedFormat(int Bits, int GroupSize)
{
    /// <summary>
    /// The number of groups in a row of <paramref name="columns"/> columns; a last one may be short.
    /// </summary>
    public int GroupsIn(long columns) => checked((int)((columns + GroupSize - 1) / GroupSize));

    /// <summary>The form of the text: <c>4g64</c>.</summary>
    public override string ToString() => $"{Bits}g{GroupSize}";
}
