namespace Flightc.Isa;

/// <summary>A memory that instructions address.</summary>
public enum MemorySpace
{
    /// <summary>Scratch of a core; <see cref="Access.Index"/> is the core.</summary>
    Scratch,

    /// <summary>A memory channel; <see cref="Access.Index"/> is its number in the machine.</summary>
    Channel,

    /// <summary>DDR; <see cref="Access.Index"/> is 0.</summary>
    Ddr,
}

/// <summary>Rows of bytes that an instruction reads or writes.</summary>
/// <param name="Space">Which memory.</param>
/// <param name="Index">Which core or channel.</param>
/// <param name="Address">First byte of row 0.</param>
/// <param name="Rows">Rows, at least 1.</param>
/// <param name="Stride">Bytes from one row to the next.</param>
/// <param name="Bytes">Bytes of a row, at least 1.</param>
/// <param name="IsWrite">Whether it writes.</param>
/// <param name="Alignment">What every row's address must be a multiple of: the size of an element.</param>
/// <param name="Field">The field that gives the address.</param>
public readonly record struct Access(
    MemorySpace Space, int Index, long Address, long Rows, long Stride, long Bytes, bool IsWrite,
    int Alignment, string Field)
{
    /// <summary>The byte after the last; limited to the largest 64-bit number.</summary>
    public long End => (long)Int128.Min(long.MaxValue, (Int128)Address + ((Int128)(Rows - 1) * Stride) + Bytes);

    /// <summary>Whether every row begins at a multiple of <see cref="Alignment"/>.</summary>
    public bool IsAligned => Address % Alignment == 0 && (Rows == 1 || Stride % Alignment == 0);
}
