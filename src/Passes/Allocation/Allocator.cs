namespace Flightc.Passes.Allocation;

/// <summary>
/// Chooses a format for every weight so that all together lose least within a budget: the multiple-choice
/// knapsack problem. docs/allocation.md §3.
/// </summary>
/// <remarks>
/// For a multiplier λ the least of loss + λ · cost is found item by item, and only options on an item's lower
/// convex hull can be part of it (Y. Shoham and A. Gersho, Efficient bit allocation for an arbitrary set of
/// quantizers, 1988). Sweeping λ from infinity to 0 takes the steps along all hulls in descending order of what a
/// byte gains, and every state on the way has the least loss of all choices that cost no more: these are the points
/// of <see cref="PointCount"/>. What a budget leaves between two of them is closed by <see cref="BudgetSearch"/>.
/// Deterministic: of equals, what comes first in the items and options given is taken.
/// </remarks>
public sealed class Allocator
{
    private readonly IReadOnlyList<AllocationItem> _items;
    private readonly OptionHull[] _hulls;
    private readonly AllocationStep[] _steps;
    private readonly long[] _costs;

    /// <summary>Prepares all points of the front.</summary>
    /// <param name="items">What is to be chosen for.</param>
    /// <exception cref="ArgumentException">An item has no option, or one with a number outside its range.</exception>
    public Allocator(IReadOnlyList<AllocationItem> items)
    {
        _items = items;
        _hulls = [.. items.Select(OptionHull.Of)];
        _steps = [.. Enumerable.Range(0, items.Count).SelectMany(StepsOf).OrderByDescending(s => s.Rate).ThenBy(s => s.Item)];
        _costs = new long[_steps.Length + 1];
        _costs[0] = CostOf(Cheapest());
        for (int i = 0; i < _steps.Length; i++)
        {
            _costs[i + 1] = _costs[i] + _steps[i].Cost;
        }
    }

    /// <summary>Points of the front: choices of which none with less loss costs as little.</summary>
    public int PointCount => _steps.Length + 1;

    /// <summary>What a point costs, in bytes; ascending.</summary>
    /// <param name="point">0 … <see cref="PointCount"/> - 1.</param>
    public long CostOfPoint(int point) => _costs[point];

    /// <summary>A point of the front; the first is the cheapest choice, the last the one with the least loss.</summary>
    /// <param name="point">0 … <see cref="PointCount"/> - 1.</param>
    public FormatAssignment Point(int point)
    {
        int[] choices = ChoicesOf(point);
        double loss = LossOf(choices);
        return new FormatAssignment(choices, _costs[point], loss, loss);
    }

    /// <summary>The choice of least loss within a budget.</summary>
    /// <param name="budget">The most that it may cost, in bytes.</param>
    /// <returns>null where even the cheapest costs more.</returns>
    public FormatAssignment? Solve(long budget)
    {
        if (budget < _costs[0])
        {
            return null;
        }

        int at = Array.BinarySearch(_costs, budget);
        int point = at < 0 ? ~at - 1 : at;
        return point == _steps.Length || _costs[point] == budget
            ? Point(point)
            : new BudgetSearch(_items, _hulls, ChoicesOf(point), _steps.AsMemory(point), budget - _costs[point]).Run();
    }

    private int[] Cheapest() => [.. _hulls.Select(h => h.Hull[0])];

    private int[] ChoicesOf(int point)
    {
        int[] choices = Cheapest();
        foreach (AllocationStep step in _steps.AsSpan(0, point))
        {
            choices[step.Item] = step.To;
        }

        return choices;
    }

    private IEnumerable<AllocationStep> StepsOf(int item)
    {
        IReadOnlyList<AllocationOption> options = _items[item].Options;
        IReadOnlyList<int> hull = _hulls[item].Hull;
        for (int i = 1; i < hull.Count; i++)
        {
            (AllocationOption from, AllocationOption to) = (options[hull[i - 1]], options[hull[i]]);
            yield return new AllocationStep(item, hull[i], to.Cost - from.Cost, from.Loss - to.Loss, OptionHull.Rate(from, to));
        }
    }

    private long CostOf(int[] choices) => _items.Select((item, i) => item.Options[choices[i]].Cost).Sum();

    private double LossOf(int[] choices) => _items.Select((item, i) => item.Options[choices[i]].Loss).Sum();
}
