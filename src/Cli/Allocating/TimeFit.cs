using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Passes.Allocation;

namespace Flightc.Cli.Allocating;

/// <summary>Finds the point of least loss on the front whose program keeps a time.</summary>
/// <remarks>
/// Time is taken to grow with the bytes of the weights, of which a decode step reads each once: points are compiled and
/// timed where a straight line between the two nearest known ones meets the budget, or in their middle, in turns.
/// </remarks>
/// <param name="allocator">The items, whose costs are bytes of tiles.</param>
/// <param name="compiler">Compiles assignments.</param>
/// <param name="budget">In milliseconds.</param>
internal sealed class TimeFit(Allocator allocator, AssignmentCompiler compiler, Budget budget)
{
    private readonly Dictionary<int, AllocationPoint> _timed = [];
    private readonly Dictionary<int, IReadOnlyList<Diagnostic>> _misfits = [];

    /// <summary>Points of the front that were timed on the way, by number.</summary>
    public IReadOnlyDictionary<int, AllocationPoint> Timed => _timed;

    /// <summary>Runs the search.</summary>
    /// <exception cref="CompilationException">Not even the cheapest keeps the budget (FLC1207).</exception>
    public Fitted Run()
    {
        (int low, int high) = (0, allocator.PointCount - 1);
        if (Time(high) <= budget.Value)
        {
            return Of(high);
        }

        if (Time(low) > budget.Value)
        {
            throw new CompilationException(
                Codes.BudgetUnreachable,
                string.Create(CultureInfo.InvariantCulture, $"nothing keeps the budget of {budget.InWords}: the smallest candidate of every weight takes {Time(low):F4} ms"), "",
                "give a larger budget, smaller formats with --candidates, a shorter --context, or a faster target");
        }

        for (bool isMiddle = false; high - low > 1; isMiddle = !isMiddle)
        {
            int next = isMiddle ? (low + high) / 2 : Math.Clamp(Meeting(low, high), low + 1, high - 1);
            (low, high) = Time(next) <= budget.Value ? (next, high) : (low, next);
        }

        return Of(low);
    }

    // The last point that would keep the budget if time were a straight line in bytes.
    private int Meeting(int low, int high)
    {
        double share = (budget.Value - Time(low)) / (Time(high) - Time(low));
        double cost = allocator.CostOfPoint(low) + (share * (allocator.CostOfPoint(high) - allocator.CostOfPoint(low)));
        int point = low;
        while (point < high && allocator.CostOfPoint(point + 1) <= cost)
        {
            point++;
        }

        return point;
    }

    private double Time(int point)
    {
        if (!_timed.TryGetValue(point, out AllocationPoint? timed))
        {
            FormatAssignment assignment = allocator.Point(point);
            (timed, IReadOnlyList<Diagnostic> misfits) = compiler.Compile(compiler.RecipeOf(assignment), assignment.Loss);
            _timed.Add(point, timed);
            _misfits.Add(point, misfits);
        }

        return timed.Milliseconds!.Value;
    }

    // The front's points lose least for their bytes; for their time there is no bound.
    private Fitted Of(int point) => new(
        allocator.Point(point) with { LossBound = double.NaN }, _timed[point], _misfits[point], compiler.Programs);
}
