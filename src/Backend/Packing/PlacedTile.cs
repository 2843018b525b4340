using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>A tile and where it lies.</summary>
/// <param name="Product">Number of its product on the core.</param>
/// <param name="Channel">Number of its channel in the core.</param>
/// <param name="Position">Byte address in the channel.</param>
/// <param name="Header">What it is.</param>
public readonly record struct PlacedTile(int Product, int Channel, long Position, TileHeader Header);
