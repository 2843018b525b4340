namespace Flightc.Packing;

/// <summary>What a tile of a weight stream is: docs/memory.md §2.1.</summary>
public enum TileKind
{
    /// <summary>No weights; ends a product in a channel that holds none of its tiles.</summary>
    End = 0,

    /// <summary>The row scales of 16 rows.</summary>
    Scales = 1,

    /// <summary>Codes and multipliers of 16 rows and one group of columns.</summary>
    Weights = 2,
}
