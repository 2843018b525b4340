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
    public IEnumerable<PlacedTile> Tiles(int core, IReadOnlySet<int> products)
    {
        IReadOnlyList<WeightProduct> all = AddressMap.ProductsOf(schedule, core);
        int[] withRows = [.. Enumerable.Range(0, all.Count).Where(p => all[p].Blocks.Count > 0)];
        Dictionary<int, int> wanted = products.ToDictionary(product => withRows[product]);
        int last = wanted.Count == 0 ? -1 : wanted.Keys.Max();
        foreach (PlacedTile tile in StreamLayout.Tiles(all, addresses.Streams[core].Channels))
        {
            if (tile.Product > last)
            {
                yield break;
            }

            if (wanted.TryGetValue(tile.Product, out int number))
            {
                yield return tile with { Product = number };
            }
        }
    }
}
