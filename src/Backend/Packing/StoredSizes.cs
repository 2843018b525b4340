using Flightc.Backend.Emission;
using Flightc.IR;
using Flightc.Packing;
using Flightc.Schedules;

namespace Flightc.Backend.Packing;

/// <summary>Bytes that each weight of a mapped model takes, format by format, without laying out streams.</summary>
/// <remarks>
/// Tiles with their headers and scales, exactly as <see cref="StreamLayout"/> places them. What belongs to no single
/// weight is not in it: end tiles, and the padding to whole pages of every channel. Row blocks are those of one
/// schedule; where heads have no multiple of 16 rows another division among cores can have some more or fewer.
/// </remarks>
public sealed class StoredSizes
{
    private readonly Dictionary<string, (int Columns, long Blocks)> _weights = new(StringComparer.Ordinal);
    private readonly TableShape _tables;

    /// <summary>Counts the row blocks of every weight.</summary>
    /// <param name="schedule">How the model is divided among cores.</param>
    /// <param name="addresses">Its addresses.</param>
    public StoredSizes(Schedule schedule, AddressMap addresses)
    {
        _tables = addresses.Tables.Shape;
        foreach (Product product in schedule.Products)
        {
            for (int core = 0; core < schedule.Geometry.Cores.Count; core++)
            {
                foreach (ProductPart part in product.Parts)
                {
                    long rows = schedule.RowsOf(product, part, core).Count;
                    (_, long blocks) = _weights.GetValueOrDefault(part.Weight);
                    _weights[part.Weight] =
                        (checked((int)product.Columns), blocks + ((rows + TileHeader.RowsPerTile - 1) / TileHeader.RowsPerTile));
                }
            }
        }
    }

    /// <summary>Bytes of a weight's tiles in all streams; 0 for one that no product takes.</summary>
    /// <param name="weight">Name of the weight.</param>
    /// <param name="format">The format that it would have.</param>
    public long StreamBytes(string weight, QuantizedFormat format) =>
        _weights.TryGetValue(weight, out (int Columns, long Blocks) stored)
            ? stored.Blocks * new BlockTiles(format, stored.Columns).Bytes
            : 0;

    /// <summary>Bytes of the embedding's table in DDR, padding included.</summary>
    /// <param name="format">The format that it would have.</param>
    public long TableBytes(QuantizedFormat format) => new TableLayout(_tables with { EmbeddingFormat = format }).EmbeddingBytes;
}
