namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// The activations that a tile of weights meets, and where its sums go. Tokens lie as in
/// <see cref="Activations"/>.
/// </summary>
internal unsafe struct TileOperands
{
    /// <summary>INT8 codes of the first token, from the group's first column on.</summary>
    public sbyte* X;

    /// <summary>The same as INT16, in fours of columns 0, 2, 1, 3.</summary>
    public short* Wide;

    /// <summary>Sums of the codes of all 16-column blocks before a block, from the group's first block on.</summary>
    public int* Before;

    /// <summary>Tokens.</summary>
    public int Tokens;

    /// <summary>Sums: (tokens, 16).</summary>
    public int* Sums;

    /// <summary>The 16 multipliers, packed.</summary>
    public byte* Multipliers;
}
