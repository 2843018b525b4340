using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Schedules;

/// <summary>Rule 6 of <see cref="ScheduleVerifier"/>: products.</summary>
internal static class ProductRules
{
    /// <summary>Reports what is wrong with products; partitions are valid.</summary>
    public static void Verify(Schedule schedule, DiagnosticBag bag)
    {
        bool isSound = true;
        foreach (Product product in schedule.Products)
        {
            string? error = ErrorOf(schedule, product);
            if (error is not null)
            {
                ScheduleVerifier.Report(bag, $"product {product.Name}", error);
                isSound = false;
            }
        }

        if (isSound)
        {
            VerifyPieces(schedule, bag);
        }
    }

    private static string? ErrorOf(Schedule schedule, Product product)
    {
        if (product.Parts.Count == 0 || product.Columns is < 1 or > int.MaxValue)
        {
            return $"the product has {product.Parts.Count} parts of {product.Columns} columns; at least one part and one column are wanted";
        }

        if (product.FirstBlock is < 0 or > Product.AllBlocks || product.BlockCount is < 1 or > Product.AllBlocks)
        {
            return $"the product has {product.BlockCount} blocks from {product.FirstBlock} on; at least 1 is wanted";
        }

        foreach (ProductPart part in product.Parts)
        {
            if ((ErrorOf(schedule, part) ?? CutErrorOf(schedule, product, part)) is { } error)
            {
                return error;
            }
        }

        return product.Alternate && (product.Parts.Count != 2 || Extent(product.Parts[0]) != Extent(product.Parts[1]))
            ? "parts that alternate are two over the same elements"
            : null;
    }

    private static string? ErrorOf(Schedule schedule, ProductPart part)
    {
        if (schedule.FindPartition(part.Partition) is not { } partition)
        {
            return $"there is no partition '{GraphTextLine.Shorten(part.Partition)}'";
        }

        if (part.Offset < 0 || part.Elements < 1 || part.Offset > partition.Total
            || part.Elements > partition.Total - part.Offset)
        {
            return $"part '{part.Node}' has {part.Elements} elements from {part.Offset} on; '{partition.Name}' has {partition.Total}";
        }

        if (part.RowsPerElement < 1 || part.Elements > int.MaxValue / part.RowsPerElement)
        {
            return $"part '{part.Node}' has {part.Elements} elements of {part.RowsPerElement} rows; 1 to {int.MaxValue} rows are wanted";
        }

        return part.Format.IsKnown
            ? null
            : $"part '{part.Node}' is {part.Format}; {part.Format.WantedInWords} are wanted";
    }

    // A pattern is of 16 rows from a multiple of 16 on, whoever has them.
    private static string? CutErrorOf(Schedule schedule, Product product, ProductPart part) =>
        schedule.CutWithinPattern(product, part) is { } row
            ? $"part '{part.Node}' is {part.Format}, a pattern of blocks of {Schedule.BlockRows} rows, and a core begins with row {row} of {part.Weight}"
            : null;

    /// <summary>Pieces of a node follow one another, and none is missing.</summary>
    private static void VerifyPieces(Schedule schedule, DiagnosticBag bag)
    {
        foreach (IGrouping<string, (Product Product, ProductPart Part)> node in schedule.Products
            .SelectMany(product => product.Parts.Select(part => (product, part))).GroupBy(piece => piece.part.Node))
        {
            ProductPart part = node.First().Part;
            long end = 0;
            Int128 rows = 0;
            foreach ((Product product, ProductPart piece) in node)
            {
                if (piece != part || product.FirstBlock < end)
                {
                    ScheduleVerifier.Report(
                        bag, $"product {product.Name}",
                        $"the pieces of '{node.Key}' are the same rows in ascending blocks; this one begins at block {product.FirstBlock} of {piece.Weight}");
                    return;
                }

                end = (long)product.FirstBlock + product.BlockCount;
                rows += Enumerable.Range(0, schedule.Geometry.Cores.Count).Sum(
                    core => schedule.RowsOf(product, piece, core).Count);
            }

            if (rows != part.Elements * part.RowsPerElement)
            {
                ScheduleVerifier.Report(
                    bag, node.Key,
                    $"the products have {rows} of its {part.Elements * part.RowsPerElement} rows");
            }
        }
    }

    private static (string Partition, long Offset, long Elements, int Rows) Extent(ProductPart part) =>
        (part.Partition, part.Offset, part.Elements, part.RowsPerElement);
}
