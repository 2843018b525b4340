using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Schedules;

/// <summary>A table in DDR.</summary>
/// <param name="Name">The weight it is made of, or <c>rotary</c>.</param>
/// <param name="Kind">How it is stored.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Elements of a row.</param>
/// <param name="Format">Bits and group size of a quantised table.</param>
/// <param name="Theta">Base of the frequencies of a rotary table.</param>
public sealed record Table(
    string Name, TableKind Kind, long Rows, long Columns, QuantizedFormat Format = default, double Theta = 0)
{
    /// <summary>
    /// Bytes of a row; of a quantised one: scale, multipliers, codes, padded to 4 (docs/memory.md §4).
    /// </summary>
    public long RowBytes => Kind switch
    {
        TableKind.Quantized => TableRow.Pitch(Format, Columns),
        TableKind.Rotary or TableKind.Vector => 4 * Columns,
    };
}

/// <summary>How a table is stored: docs/memory.md §4.</summary>
public enum TableKind
{
    /// <summary>Quantised rows.</summary>
    Quantized,

    /// <summary>Cosines and sines by position.</summary>
    Rotary,

    /// <summary>One row of binary32.</summary>
    Vector,
}
