using System.Diagnostics;
using System.Globalization;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.Passes.Allocation;

namespace Flightc.Cli.Allocating;

/// <summary>Finds the least loss within a budget of bytes, as the compiled image has them.</summary>
/// <remarks>
/// Tiles add up weight by weight; end tiles and the padding of pages and channels belong to none. What they take is
/// learned from a program and taken off the budget, and the search is repeated until a program keeps the budget.
/// </remarks>
/// <param name="allocator">The items, whose costs are bytes of tiles.</param>
/// <param name="compiler">Compiles assignments.</param>
/// <param name="budget">In bits or bytes.</param>
/// <param name="detail">Told what only the curious want to know.</param>
internal sealed class SizeFit(Allocator allocator, AssignmentCompiler compiler, Budget budget, Action<string> detail)
{
    // Each attempt takes off what the one before was above the budget, a few pages: two or three are usual.
    private const int MostAttempts = 16;

    // Attempts to use what is left, once there is something that keeps the budget.
    private const int MoreAttempts = 2;

    /// <summary>Runs the search.</summary>
    /// <exception cref="CompilationException">Nothing keeps the budget (FLC1207).</exception>
    public Fitted Run()
    {
        FormatAssignment cheapest = allocator.Point(0);
        AllocationPoint least = compiler.Map(cheapest);
        long limit = LimitOf(least.WeightCount);
        long overhead = least.Bytes.For(budget.Kind) - cheapest.Cost;
        Fitted? best = null;
        int more = MoreAttempts;
        HashSet<long> tried = [];
        for (int attempt = 0; attempt < MostAttempts && (best is null || more-- > 0); attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            FormatAssignment wanted = allocator.Solve(limit - overhead) ?? cheapest;
            detail($"budget of {Quantity.Count(limit - overhead)} bytes of tiles: solved in {Quantity.Time(Stopwatch.GetElapsedTime(start))}");
            if (!tried.Add(wanted.Cost) || wanted.Loss >= best?.Assignment.Loss)
            {
                break;
            }

            (AllocationPoint point, IReadOnlyList<Diagnostic> misfits) = compiler.Compile(compiler.RecipeOf(wanted), wanted.Loss);
            if (point.Bytes.For(budget.Kind) <= limit)
            {
                best = new Fitted(wanted, point, misfits, 0);
            }

            overhead = point.Bytes.For(budget.Kind) - wanted.Cost;
        }

        return best is null ? throw Unreachable(least) : best with { Programs = compiler.Programs };
    }

    private long LimitOf(long weightCount)
    {
        double bytes = budget.Kind == BudgetKind.Bits ? budget.Value * weightCount / 8 : budget.Value;
        return bytes >= long.MaxValue / 2 ? long.MaxValue / 2 : (long)bytes;
    }

    private CompilationException Unreachable(AllocationPoint least)
    {
        string words = budget.Kind == BudgetKind.Bits
            ? string.Create(CultureInfo.InvariantCulture, $"{least.BitsPerWeight:F4} bits per weight")
            : $"{Quantity.Count(least.Bytes.Hbm)} bytes ({Quantity.Bytes(least.Bytes.Hbm)}) of HBM";
        return new CompilationException(
            Codes.BudgetUnreachable, $"nothing keeps the budget of {budget.InWords}: the smallest candidate of every weight takes {words}", "",
            "give a larger budget, or smaller formats with --candidates");
    }
}
