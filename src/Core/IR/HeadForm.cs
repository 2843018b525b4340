namespace Flightc.IR;

/// <summary>In which form a head's codes are made: docs/numerics.md §3, QuantizeHeads. The numbers are those of the
/// field <c>cache</c> of <c>misc.heads</c>.</summary>
public enum HeadForm
{
    /// <summary>i8h: INT8 with a binary32 scale, for queries.</summary>
    Query = 0,

    /// <summary>i8k: INT8 with a binary16 scale, as the KV cache stores it.</summary>
    Cache = 1,

    /// <summary>i4k for values: codes of -7 … 7 with a binary16 scale.</summary>
    Values4 = 2,

    /// <summary>i4k for keys: codes of -8 … 7 with a binary16 scale, of either sign.</summary>
    Keys4 = 3,
}
