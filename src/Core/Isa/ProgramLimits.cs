namespace Flightc.Isa;

/// <summary>
/// Bounds on a program's numbers that keep all address arithmetic far from overflow, however a program was
/// made.
/// </summary>
public static class ProgramLimits
{
    /// <summary>The most cores of a machine.</summary>
    public const int Cores = 64;

    /// <summary>The most channels of a machine.</summary>
    public const int Channels = 1024;

    /// <summary>The most bytes of a memory: what a 40-bit address reaches.</summary>
    public const long Bytes = 1L << 40;

    /// <summary>The largest value of a length register: 32-bit signed in hardware.</summary>
    public const long Register = int.MaxValue;

    /// <summary>The most tokens one unit gives another in a step, so that 24-bit token counters suffice.</summary>
    public const long Tokens = (1L << 24) - 1;

    /// <summary>
    /// Bytes of the largest tile of docs/memory.md §2: header, multipliers, eight dense blocks of 8-bit
    /// codes.
    /// </summary>
    public const int TileBytes = 8 + 12 + (8 * 32 * 8);
}
