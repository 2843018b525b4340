using Flightc.IR;
using Flightc.Numerics;
using Flightc.Packing;

namespace Flightc.Schedules;

/// <summary>A table in DDR.</summary>
/// <param name="Name">The weight it is made of; <c>rotary</c>, <c>rotary.1</c> and so on for cosines and sines.</param>
/// <param name="Kind">How it is stored.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Elements of a row.</param>
/// <param name="Format">Bits and group size of a quantised table.</param>
/// <param name="Angles">The angles of a rotary table; null for any other.</param>
/// <param name="MaskHash">Hash of the attention masks of a table of masks: <see cref="AttentionMasks.Hash"/>.</param>
public sealed record Table(
    string Name, TableKind Kind, long Rows, long Columns, QuantizedFormat Format = default, RotaryAngles? Angles = null,
    string MaskHash = "")
{
    /// <summary>Rows of a table of learned positions before that of position 0.</summary>
    public int Offset { get; init; }

    /// <summary>The attention masks of a table of masks; null where only their hash is known.</summary>
    public AttentionMasks? Masks { get; init; }

    /// <summary>Bytes of a query head's string in a row of a table of masks: a bit for each block of keys.</summary>
    public long MaskBytes => (Rows + 7) / 8;

    /// <summary>
    /// Bytes of a row; of a quantised one: scale, multipliers, codes, padded to 4 (docs/memory.md §4).
    /// </summary>
    public long RowBytes => Kind switch
    {
        TableKind.Quantized => TableRow.Pitch(Format, Columns),
        TableKind.Rotary or TableKind.Positions or TableKind.Vector => 4 * Columns,
        TableKind.Mask => Columns * MaskBytes,
    };
}

/// <summary>How a table is stored: docs/memory.md §4.</summary>
public enum TableKind
{
    /// <summary>Quantised rows.</summary>
    Quantized,

    /// <summary>Cosines and sines by position.</summary>
    Rotary,

    /// <summary>Learned positions: a row of binary32 by position.</summary>
    Positions,

    /// <summary>One row of binary32.</summary>
    Vector,

    /// <summary>Attention masks: for each layer so many rows, one per block of queries, with a bit string per query
    /// head.</summary>
    Mask,
}
