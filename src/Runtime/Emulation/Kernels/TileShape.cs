using Flightc.Packing;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>
/// What all tiles with the same group size, width and densities have in common; neighbours in a stream
/// usually share it.
/// </summary>
internal sealed class TileShape
{
    /// <summary>First bit of the part of a header that a shape depends on.</summary>
    public const int KeyBit = 31;

    private readonly BlockForm[] _forms = new BlockForm[TileHeader.MaxBlocks];

    /// <summary>That part; an impossible one at first.</summary>
    public ulong Key { get; private set; } = ulong.MaxValue;

    /// <summary>Bytes of the tile.</summary>
    public int Bytes { get; private set; }

    /// <summary>Width of the codes.</summary>
    public int Bits { get; private set; }

    /// <summary>G.</summary>
    public int GroupSize { get; private set; }

    /// <summary>Number of the last block that is not absent, plus 1.</summary>
    public int End { get; private set; }

    /// <summary>How many blocks there are if they are dense and the first of the group; -1 otherwise.</summary>
    public int DensePrefix { get; private set; }

    /// <summary>How a block is stored.</summary>
    public BlockForm Block(int index) => _forms[index];

    /// <summary>Takes the shape of a header.</summary>
    /// <exception cref="Diagnostics.CompilationException">The header is damaged (FLC4005).</exception>
    public void Set(ulong word)
    {
        TileHeader header = TileHeader.Parse(word);
        Bits = header.Bits;
        GroupSize = header.GroupSize;
        Bytes = (int)header.TileBytes;
        End = 0;
        for (int i = 0; i < header.Blocks; i++)
        {
            _forms[i] = header.Block(i);
            End = _forms[i].Density == BlockDensity.Absent ? End : i + 1;
        }

        DensePrefix = header.Densities == TileHeader.DensitiesOf(End) ? End : -1;
        Key = word >> KeyBit;
    }
}
