using Flightc.Backend.Emission;
using Flightc.Backend.Packing;
using Flightc.Packing;
using Flightc.Schedules;

namespace Flightc.Cli.Reports;

/// <summary>The tiles of a model that has been mapped but not packed: all blocks dense.</summary>
/// <param name="schedule">The mapping.</param>
/// <param name="addresses">Where it puts things.</param>
internal sealed class LayoutTiles(Schedule schedule, AddressMap addresses) : ITileSource
{
    /// <inheritdoc/>
    public ProgramWork Work { get; } = addresses.Work;

    /// <inheritdoc/>
    public IEnumerable<PlacedTile> Tiles(int core, int product)
    {
        IReadOnlyList<WeightProduct> products = AddressMap.ProductsOf(schedule, core);
        int number = Enumerable.Range(0, products.Count).Where(p => products[p].Blocks.Count > 0).ElementAt(product);
        return StreamLayout.Tiles(products, addresses.Streams[core].Channels)
            .SkipWhile(tile => tile.Product < number)
            .TakeWhile(tile => tile.Product == number);
    }
}
