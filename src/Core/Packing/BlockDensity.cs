namespace Flightc.Packing;

/// <summary>How many of the 16 codes in every row of a 16×16 block are kept: docs/memory.md §2.1.</summary>
public enum BlockDensity
{
    /// <summary>All, stored without saying which.</summary>
    Dense = 0,

    /// <summary>8 of 16.</summary>
    Half = 1,

    /// <summary>4 of 16.</summary>
    Quarter = 2,

    /// <summary>2 of 16.</summary>
    Eighth = 3,

    /// <summary>None; the block takes no bytes and its codes are 0.</summary>
    Absent = 4,
}
