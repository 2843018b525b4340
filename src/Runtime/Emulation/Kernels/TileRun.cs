namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Tiles of one row block that follow each other in memory.</summary>
/// <param name="RowBlock">The row block.</param>
/// <param name="Start">The first tile.</param>
/// <param name="Count">How many.</param>
internal readonly unsafe record struct TileRun(int RowBlock, nint Start, int Count)
{
    /// <summary>The first tile; whole registers may be read past the end of any.</summary>
    public byte* First => (byte*)Start;
}
