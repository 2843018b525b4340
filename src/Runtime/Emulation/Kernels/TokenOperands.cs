namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>What the tiles of a stream meet in a product of one token, and which of them a kernel may take.</summary>
internal unsafe struct TokenOperands
{
    /// <summary><see cref="TokenActivations.Codes"/></summary>
    public sbyte* X;

    /// <summary><see cref="TokenActivations.Before"/></summary>
    public int* Before;

    /// <summary>(row blocks, 16) sums to add to.</summary>
    public int* Sums;

    /// <summary>Row blocks of the product.</summary>
    public int RowBlocks;

    /// <summary>Groups of columns that a tile of the shape may have: those before it.</summary>
    public int Groups;

    /// <summary>Header bits that all tiles have in common: <see cref="TileShape.Key"/>.</summary>
    public ulong Key;

    /// <summary>Bytes of a tile.</summary>
    public int TileBytes;

    /// <summary>G</summary>
    public int GroupSize;

    /// <summary>Blocks of a tile, dense, the first of the group.</summary>
    public int Blocks;
}
