namespace Flightc.Passes.Allocation;

/// <summary>
/// Closes the gap between a point of the front and a budget: exact, or with a bound where there is too much to look
/// at.
/// </summary>
/// <remarks>
/// Let P be the last point of the front within the budget, S what it leaves, λ the rate of the first step that no longer
/// fits, and U the least loss known. Every choice differs from P by (Δcost, Δloss), and its reduced loss
/// r = Δloss + λ·Δcost is a sum over items of numbers that are not negative, since P minimises loss + λ · cost. A choice
/// within the budget loses at least loss(P) - λ·S + r. So only options with r &lt; U - loss(P) + λ·S can improve on what is
/// known; few items have any. Over those a dynamic program keeps the states (Δcost, Δloss) that no other beats, drops
/// what the bound or the budget excludes, and lowers U on the way. Where states are still too many, their costs are
/// taken in steps, of each of which the state of least r stays, and the bound says what the others could have been worth.
/// Source: H. Kellerer, U. Pferschy, D. Pisinger, Knapsack Problems, 2004, chapter 11, reduction and dynamic
/// programming over the core of the multiple-choice problem.
/// </remarks>
internal sealed class BudgetSearch
{
    // The most states that are kept behind an item.
    private const int MostStates = 1 << 15;

    // Sums of a few hundred losses are right to about this share of them.
    private const double Rounding = 1e-12;

    private readonly IReadOnlyList<AllocationItem> _items;
    private readonly OptionHull[] _hulls;
    private readonly int[] _start;
    private readonly ReadOnlyMemory<AllocationStep> _steps;
    private readonly long _slack;
    private readonly double _lambda;
    private readonly double _startLoss;
    private readonly double _tolerance;
    private readonly List<(int Parent, int Item, int Option)> _moves = [];

    /// <summary>Prepares a search.</summary>
    /// <param name="items">What is chosen for.</param>
    /// <param name="hulls">Of each item.</param>
    /// <param name="start">The choices of P.</param>
    /// <param name="steps">The steps of the front behind P, at least one.</param>
    /// <param name="slack">S, less than the first step costs.</param>
    public BudgetSearch(
        IReadOnlyList<AllocationItem> items, OptionHull[] hulls, int[] start, ReadOnlyMemory<AllocationStep> steps, long slack)
    {
        (_items, _hulls, _start, _steps, _slack, _lambda) = (items, hulls, start, steps, slack, steps.Span[0].Rate);
        _startLoss = items.Select((item, i) => item.Options[start[i]].Loss).Sum();
        _tolerance = Rounding * _startLoss;
    }

    /// <summary>The best choice found, and a bound on what any other could reach.</summary>
    public FormatAssignment Run()
    {
        int[] best = Filled();
        double known = DeltaOf(best).Loss;
        double least = -_lambda * _slack;
        (int Item, int[] Options, double Reduced)[] core =
        [
            .. Enumerable.Range(0, _items.Count).Select(i => Core(i, known - least)).Where(c => c.Options.Length > 1)
                .OrderBy(c => c.Reduced).ThenBy(c => c.Item),
        ];
        long[] savings = Savings(core);
        List<State> states = [new State(0, 0, -1)];
        double dropped = double.PositiveInfinity;
        int move = -1;
        for (int i = 0; i < core.Length; i++)
        {
            states = Extended(states, core[i].Item, core[i].Options, _slack - savings[i + 1], known - least + _tolerance);
            foreach (State state in states.Where(s => s.Cost <= _slack && s.Loss < known - _tolerance))
            {
                (known, move) = (state.Loss, state.Move);
            }

            dropped = Math.Min(dropped, Trim(states));
        }

        if (move >= 0)
        {
            best = _start.AsSpan().ToArray();
            for (; move >= 0; move = _moves[move].Parent)
            {
                best[_moves[move].Item] = _moves[move].Option;
            }
        }

        double loss = _items.Select((item, i) => item.Options[best[i]].Loss).Sum();
        return new FormatAssignment(
            best, _items.Select((item, i) => item.Options[best[i]].Cost).Sum(), loss,
            Math.Clamp(_startLoss + least + dropped, 0, loss));
    }

    // P, and every later step that still fits.
    private int[] Filled()
    {
        int[] choices = _start.AsSpan().ToArray();
        long left = _slack;
        HashSet<int> skipped = [];
        foreach (AllocationStep step in _steps.Span)
        {
            // A step begins where the one before it on the same hull ended.
            if (step.Cost > left || skipped.Contains(step.Item))
            {
                skipped.Add(step.Item);
                continue;
            }

            choices[step.Item] = step.To;
            left -= step.Cost;
        }

        return choices;
    }

    // The options of an item that may improve on what is known, and the least reduced loss of those that P does not have.
    private (int Item, int[] Options, double Reduced) Core(int item, double gap)
    {
        double least = double.PositiveInfinity;
        List<int> options = [];
        foreach (int option in _hulls[item].Useful)
        {
            if (option == _start[item])
            {
                options.Add(option);
                continue;
            }

            (long cost, double loss) = DeltaOf(item, option);
            double reduced = loss + (_lambda * cost);
            if (reduced < gap + _tolerance)
            {
                options.Add(option);
                least = Math.Min(least, reduced);
            }
        }

        return (item, [.. options], least);
    }

    // By number of items done, how far the others can lower the cost.
    private long[] Savings((int Item, int[] Options, double Reduced)[] core)
    {
        long[] savings = new long[core.Length + 1];
        for (int i = core.Length - 1; i >= 0; i--)
        {
            savings[i] = savings[i + 1] + core[i].Options.Min(option => DeltaOf(core[i].Item, option).Cost);
        }

        return savings;
    }

    // Every state with every option of an item, in ascending cost, without those that another beats, that the budget
    // excludes or whose reduced loss is too large.
    private List<State> Extended(List<State> states, int item, int[] options, long mostCost, double mostReduced)
    {
        List<(long Cost, double Loss, int State, int Option)> all = new(states.Count * options.Length);
        foreach (int option in options)
        {
            (long cost, double loss) = DeltaOf(item, option);
            for (int i = 0; i < states.Count; i++)
            {
                (long newCost, double newLoss) = (states[i].Cost + cost, states[i].Loss + loss);
                if (newCost <= mostCost && newLoss + (_lambda * newCost) < mostReduced)
                {
                    all.Add((newCost, newLoss, i, option));
                }
            }
        }

        // Of equals the one of the earlier state, which has the first option among its own.
        all.Sort();
        List<State> kept = [];
        foreach ((long cost, double loss, int from, int option) in all)
        {
            if (kept.Count == 0 || loss < kept[^1].Loss)
            {
                kept.Add(new State(cost, loss, option == _start[item] ? states[from].Move : Moved(states[from], item, option)));
            }
        }

        return kept;
    }

    private int Moved(State from, int item, int option)
    {
        _moves.Add((from.Move, item, option));
        return _moves.Count - 1;
    }

    // Leaves the state of least reduced loss of each of so many equal ranges of cost, and returns the least reduced loss
    // of those that go.
    private double Trim(List<State> states)
    {
        if (states.Count <= MostStates)
        {
            return double.PositiveInfinity;
        }

        double dropped = double.PositiveInfinity;
        long first = states[0].Cost;
        long width = ((states[^1].Cost - first) / MostStates) + 1;
        long RangeOf(State state) => (state.Cost - first) / width;

        List<State> kept = [];
        foreach (State state in states)
        {
            bool isNew = kept.Count == 0 || RangeOf(state) != RangeOf(kept[^1]);
            if (isNew)
            {
                kept.Add(state);
                continue;
            }

            (State better, State worse) = ReducedOf(state) < ReducedOf(kept[^1]) ? (state, kept[^1]) : (kept[^1], state);
            kept[^1] = better;
            dropped = Math.Min(dropped, ReducedOf(worse));
        }

        states.Clear();
        states.AddRange(kept);
        return dropped;
    }

    private double ReducedOf(State state) => state.Loss + (_lambda * state.Cost);

    private (long Cost, double Loss) DeltaOf(int[] choices)
    {
        (long cost, double loss) = (0, 0);
        for (int i = 0; i < choices.Length; i++)
        {
            (long moreCost, double moreLoss) = DeltaOf(i, choices[i]);
            (cost, loss) = (cost + moreCost, loss + moreLoss);
        }

        return (cost, loss);
    }

    private (long Cost, double Loss) DeltaOf(int item, int option)
    {
        (AllocationOption from, AllocationOption to) = (_items[item].Options[_start[item]], _items[item].Options[option]);
        return (to.Cost - from.Cost, to.Loss - from.Loss);
    }

    /// <summary>What some choices differ from P by.</summary>
    /// <param name="Cost">Δcost.</param>
    /// <param name="Loss">Δloss.</param>
    /// <param name="Move">The last of its moves; -1 for none.</param>
    private readonly record struct State(long Cost, double Loss, int Move);
}
