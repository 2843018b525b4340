namespace Flightc.Passes.Allocation;

/// <summary>Which options of one item can be part of a best choice.</summary>
internal sealed class OptionHull
{
    private OptionHull(int[] useful, int[] hull) => (Useful, Hull) = (useful, hull);

    /// <summary>
    /// The options that no other beats: in ascending cost, with a loss that falls strictly.
    /// </summary>
    public IReadOnlyList<int> Useful { get; }

    /// <summary>
    /// Those of <see cref="Useful"/> on the lower convex hull of cost and loss, ascending: what is gained for a byte
    /// falls strictly from one to the next. The first is the cheapest, the last has the least loss.
    /// </summary>
    public IReadOnlyList<int> Hull { get; }

    /// <summary>Finds them.</summary>
    /// <exception cref="ArgumentException">There is no option, or a number is outside its range.</exception>
    public static OptionHull Of(AllocationItem item)
    {
        IReadOnlyList<AllocationOption> options = item.Options;
        if (options.Count == 0 || options.Any(o => o.Cost < 0 || !double.IsFinite(o.Loss) || o.Loss < 0))
        {
            throw new ArgumentException($"'{item.Role}' has no options, or one with a cost or a loss below 0", nameof(item));
        }

        List<int> useful = [];
        foreach (int i in Enumerable.Range(0, options.Count).OrderBy(i => options[i].Cost).ThenBy(i => options[i].Loss))
        {
            if (useful.Count == 0 || options[i].Loss < options[useful[^1]].Loss)
            {
                useful.Add(i);
            }
        }

        List<int> hull = [];
        foreach (int i in useful)
        {
            while (hull.Count > 1
                && Rate(options[hull[^2]], options[hull[^1]]) <= Rate(options[hull[^1]], options[i]))
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(i);
        }

        return new OptionHull([.. useful], [.. hull]);
    }

    /// <summary>What a byte gains between two options, of which the first is the cheaper.</summary>
    public static double Rate(AllocationOption from, AllocationOption to) => (from.Loss - to.Loss) / (to.Cost - from.Cost);
}
