using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>Where the rows of a product's parts are in what one core computes.</summary>
internal sealed class ProductRows(Schedule schedule, int core)
{
    /// <summary>Query heads in front of the key heads in a row of codes, on this core.</summary>
    public long QueryHeads => schedule.HeadsOfCore * schedule.Group;

    /// <summary>Query and key heads in front of the value heads in a row of codes, on this core.</summary>
    public long QueryAndKeyHeads => schedule.HeadsOfCore * (schedule.Group + 1);

    /// <summary>The heads of the part that a step quantises, on this core.</summary>
    public PartHeads HeadsOf(Step step)
    {
        int headDim = schedule.Cache.HeadDim;
        Product product = schedule.ProductOf(step.Text("product"));
        int number = (int)step.Number("part");
        (long row, long rows) = schedule.RowsOf(product, product.Parts[number], core);
        (long first, long count) = (row / headDim, rows / headDim);
        long part = number switch { 0 => 0, 1 => QueryHeads, _ => QueryAndKeyHeads };

        // Where a core attends with its own heads alone, they begin at the start of their part of the row.
        return new PartHeads(first, count, part + (schedule.IsLocal ? 0 : first), PartOffset(product, number));
    }

    /// <summary>Where a part's results begin in a row of the product's: every part begins a block.</summary>
    public long PartOffset(Product product, int part)
    {
        long offset = 0;
        for (int p = 0; p < part; p++)
        {
            offset += (schedule.RowsOf(product, product.Parts[p], core).Count + Schedule.BlockRows - 1) / Schedule.BlockRows * Schedule.BlockRows;
        }

        return offset;
    }
}

/// <summary>Heads of a part of a product on one core.</summary>
/// <param name="First">The first, counted within the part.</param>
/// <param name="Count">How many.</param>
/// <param name="Place">The first one's number in a row of codes: queries, keys, values.</param>
/// <param name="Offset">Elements before it in a row of the product's results.</param>
internal readonly record struct PartHeads(long First, long Count, long Place, long Offset);
