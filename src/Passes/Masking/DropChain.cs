namespace Flightc.Passes.Masking;

/// <summary>Blocks of keys that a block of queries can do without, in the order in which they go.</summary>
/// <param name="Drops">Each block, and what all that are gone with it cost.</param>
internal sealed record DropChain(IReadOnlyList<(int Block, double Cost)> Drops)
{
    /// <summary>
    /// The chain in pieces of falling merit: how many drops, and what each of them costs on average. These are the
    /// edges of the lower convex hull of cost over number of drops.
    /// </summary>
    /// <param name="scale">What costs are multiplied by.</param>
    public IEnumerable<(int First, int Count, double Slope)> Pieces(double scale)
    {
        int done = 0;
        double cost = 0;
        while (done < Drops.Count)
        {
            (int count, double slope) = (0, double.PositiveInfinity);
            for (int end = done + 1; end <= Drops.Count; end++)
            {
                double rise = (Drops[end - 1].Cost - cost) / (end - done);
                (count, slope) = rise <= slope ? (end - done, rise) : (count, slope);
            }

            yield return (done, count, slope * scale);
            done += count;
            cost = Drops[done - 1].Cost;
        }
    }
}
