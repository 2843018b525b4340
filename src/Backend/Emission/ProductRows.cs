using Flightc.Schedules;

namespace Flightc.Backend.Emission;

/// <summary>Where the rows of a product's parts are in what one core computes.</summary>
internal sealed class ProductRows(Schedule schedule, int core)
{
    /// <summary>
    /// A part's heads on this core: the first and the number of them, counted through all parts, and where
    /// their results begin.
    /// </summary>
    public (ProductPart Part, long Head, long Heads, long Offset) HeadsOf(Step step)
    {
        int headDim = schedule.Cache.HeadDim;
        Product product = schedule.ProductOf(step.Text("product"));
        int number = (int)step.Number("part");
        ProductPart part = product.Parts[number];
        (long row, long rows) = schedule.RowsOf(product, part, core);
        return (part, part.Offset + (row / headDim), rows / headDim, PartOffset(product, number));
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
