using Flightc.Backend.Packing;
using Flightc.Packing;

namespace Flightc.Cli.Reports;

/// <summary>The tiles of the weight streams, wherever they are known from.</summary>
internal interface ITileSource
{
    /// <summary>What the products take off the weight rings.</summary>
    ProgramWork Work { get; }

    /// <summary>The tiles of some products of one core, end tiles included.</summary>
    /// <param name="core">Number of the core.</param>
    /// <param name="products">Numbers, among the core's products that have rows, in stream order. A tile's
    /// <see cref="PlacedTile.Product"/> is one of them.</param>
    IEnumerable<PlacedTile> Tiles(int core, IReadOnlySet<int> products);
}
