namespace Flightc.Packing;

/// <summary>The stored forms of a 16×16 block of codes: docs/memory.md §2.2.</summary>
public enum BlockLayout
{
    /// <summary>All 256 codes.</summary>
    Dense,

    /// <summary>A 64-bit mask per unit, then the kept codes in the order of the masks.</summary>
    Mask,

    /// <summary>The column of every kept code, then the kept codes, row by row.</summary>
    Index,

    /// <summary>Nothing.</summary>
    Absent,
}
