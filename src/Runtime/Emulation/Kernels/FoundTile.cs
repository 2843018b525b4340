namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>A tile of a product and its header, so that only who spreads the tile has to touch it again.</summary>
/// <param name="Address">Where it lies; whole registers may be read past its end.</param>
/// <param name="Word">Its header.</param>
internal readonly unsafe record struct FoundTile(nint Address, ulong Word)
{
    /// <summary>The tile.</summary>
    public byte* Start => (byte*)Address;
}
