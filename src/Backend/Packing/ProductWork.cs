using System.Diagnostics;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>
/// What tiles of a product in one channel make its memory and the array behind it do: all bytes of the tiles,
/// by kind, and the MACs of one vector.
/// </summary>
/// <param name="CodeBytes">Bytes of codes.</param>
/// <param name="ScaleBytes">Bytes of row scales, multipliers and tile headers, end tiles among them.</param>
/// <param name="IndexBytes">Bytes of masks and indices.</param>
/// <param name="DenseMacs">MACs of blocks stored dense, 256 each: rows and columns of a block beyond the
/// matrix count.</param>
/// <param name="SparseMacs">MACs of codes kept in blocks with masks or indices, 16·N each.</param>
public readonly record struct ProductWork(
    long CodeBytes, long ScaleBytes, long IndexBytes, long DenseMacs, long SparseMacs)
{
    /// <summary>Bytes of the tiles.</summary>
    public long Bytes => CodeBytes + ScaleBytes + IndexBytes;

    /// <summary>The work of both.</summary>
    public static ProductWork operator +(ProductWork a, ProductWork b) => new(
        a.CodeBytes + b.CodeBytes, a.ScaleBytes + b.ScaleBytes, a.IndexBytes + b.IndexBytes,
        a.DenseMacs + b.DenseMacs, a.SparseMacs + b.SparseMacs);

    /// <summary>The work of so many alike.</summary>
    public static ProductWork operator *(long count, ProductWork each) => new(
        count * each.CodeBytes, count * each.ScaleBytes, count * each.IndexBytes, count * each.DenseMacs,
        count * each.SparseMacs);

    /// <summary>The work of a tile.</summary>
    public static ProductWork Of(TileHeader header)
    {
        switch (header.Kind)
        {
            case TileKind.End or TileKind.Scales:
                return new ProductWork(0, header.TileBytes, 0, 0, 0);
            case TileKind.Weights:
                ProductWork sum = new(0, TileHeader.BlocksAt, 0, 0, 0);
                for (int i = 0; i < header.Blocks; i++)
                {
                    sum += Of(header.Block(i), header.Bits);
                }

                return sum;
            default:
                throw new UnreachableException($"a header of kind {header.Kind}");
        }
    }

    /// <summary>The work of a block.</summary>
    /// <param name="form">How it is stored.</param>
    /// <param name="bits">Width of a code.</param>
    internal static ProductWork Of(BlockForm form, int bits)
    {
        long macs = BlockForm.Side * form.Kept;
        long codes = macs * bits / 8;
        bool isDense = form.Layout == BlockLayout.Dense;
        return new ProductWork(codes, 0, form.Bytes - codes, isDense ? macs : 0, isDense ? 0 : macs);
    }
}
