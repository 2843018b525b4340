using Flightc.IR;

namespace Flightc.Passes.Masking;

/// <summary>Decides which blocks go, so that exactly so many are kept and the sum of all costs is small.</summary>
/// <remarks>
/// Rows (a layer, head and block of queries) are independent; each has a chain of drops. Taking the pieces of all chains'
/// convex hulls in the order of their slopes is best for every budget that ends between pieces (Lagrange); the last piece
/// may be taken in part.
/// </remarks>
public static class MaskBudget
{
    /// <summary>The number of blocks that a share of all is; diagonals are always kept.</summary>
    public static long KeptBlocks(int layers, int heads, int blocks, double keep) => Math.Clamp(
        (long)Math.Round(keep * layers * heads * LayerMask.Triangle(blocks), MidpointRounding.AwayFromZero),
        (long)layers * heads * blocks, layers * heads * LayerMask.Triangle(blocks));

    /// <summary>The masks that keep exactly so many blocks.</summary>
    /// <param name="chains">By layer, head and block of queries.</param>
    /// <param name="scales">By layer: what its costs weigh.</param>
    /// <param name="kept">Blocks that are kept.</param>
    internal static AttentionMasks Choose(DropChain[][][] chains, IReadOnlyList<double> scales, long kept)
    {
        (int heads, int blocks) = (chains[0].Length, chains[0][0].Length);
        long drops = (chains.Length * heads * LayerMask.Triangle(blocks)) - kept;
        int[,,] gone = new int[chains.Length, heads, blocks];
        var pieces =
            from layer in Enumerable.Range(0, chains.Length)
            from head in Enumerable.Range(0, heads)
            from row in Enumerable.Range(0, blocks)
            from piece in chains[layer][head][row].Pieces(scales[layer])
            orderby piece.Slope, layer, head, row, piece.First
            select (layer, head, row, piece.First, piece.Count);
        foreach ((int layer, int head, int row, int first, int count) in pieces)
        {
            // A later piece of a row whose earlier one was cut short must wait; there is nothing left then anyway.
            int taken = gone[layer, head, row] == first ? (int)Math.Min(drops, count) : 0;
            gone[layer, head, row] += taken;
            drops -= taken;
        }

        return new AttentionMasks(
        [
            .. Enumerable.Range(0, chains.Length).Select(layer => new LayerMask(heads, blocks, (head, i, j) =>
                !chains[layer][head][i].Drops.Take(gone[layer, head, i]).Any(drop => drop.Block == j))),
        ]);
    }
}
