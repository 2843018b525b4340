using Flightc.Packing;

namespace Flightc.Schedules;

/// <summary>What a product takes off each weight ring of a core, and what the core multiplies: docs/memory.md §2.</summary>
/// <param name="Begin">Bytes of each channel's stream before it, channels taken to be alike.</param>
/// <param name="End">Bytes up to its end.</param>
/// <param name="DenseMacs">Multiply-accumulates of dense blocks, per token.</param>
/// <param name="SparseMacs">Of sparse blocks.</param>
internal readonly record struct CostProduct(double Begin, double End, double DenseMacs, double SparseMacs)
{
    /// <summary>Bytes off each channel.</summary>
    public double Bytes => End - Begin;

    /// <summary>The products of a core, in the order of its stream.</summary>
    public static CostProduct[] Of(Schedule schedule, int core)
    {
        CostProduct[] products = new CostProduct[schedule.Products.Count];
        double end = 0;
        for (int i = 0; i < products.Length; i++)
        {
            Product product = schedule.Products[i];
            double begin = end;
            ChannelWork work = default;
            foreach (ProductPart part in product.Parts)
            {
                long rowBlocks = CostMachine.Ceiling(schedule.RowsOf(product, part, core).Count, Schedule.BlockRows);
                work += FormatTiles.Rows(part.Format, product.Columns) * rowBlocks;
            }

            end += (double)work.Bytes / schedule.Geometry.Cores[core].Count;
            products[i] = new CostProduct(begin, end, work.DenseMacs, work.SparseMacs);
        }

        return products;
    }
}
