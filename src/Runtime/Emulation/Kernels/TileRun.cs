namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>Tiles of one row block that follow each other in a channel: a range of <see cref="ChannelTiles"/>.</summary>
/// <param name="RowBlock">The row block.</param>
/// <param name="First">Number of the first tile.</param>
/// <param name="Count">How many.</param>
internal readonly record struct TileRun(int RowBlock, int First, int Count);
