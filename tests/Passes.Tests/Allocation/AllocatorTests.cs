using Flightc.IR;
using Flightc.Passes.Allocation;

namespace Flightc.Tests.Allocation;

public sealed class AllocatorTests
{
    [Fact]
    public void Every_budget_of_small_problems_gets_the_choice_that_trying_all_finds()
    {
        int proven = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            AllocationItem[] items = RandomAllocation.Items(seed, 5, 5, unit: seed % 3 == 0 ? 1 : 32, isWhole: seed % 2 == 0);
            Allocator allocator = new(items);
            long most = items.Sum(i => i.Options.Max(o => o.Cost));
            for (long budget = 0; budget <= most; budget += 1 + (most / 40))
            {
                double least = RandomAllocation.Least(items, budget);
                FormatAssignment? found = allocator.Solve(budget);

                Assert.Equal(double.IsFinite(least), found is not null);
                if (found is not null)
                {
                    Assert.Equal(least, found.Loss, 1e-9);
                    Assert.Equal(found.Loss, found.LossBound, 1e-9);
                    RequireTrue(items, found);
                    Assert.InRange(found.Cost, 0, budget);
                    proven++;
                }
            }
        }

        Assert.True(proven > 1000);
    }

    [Fact]
    public void No_choice_that_costs_as_little_as_a_point_of_the_front_loses_less()
    {
        for (ulong seed = 100; seed < 130; seed++)
        {
            AllocationItem[] items = RandomAllocation.Items(seed, 5, 5, unit: 1, isWhole: seed % 2 == 0);
            Allocator allocator = new(items);
            for (int p = 0; p < allocator.PointCount; p++)
            {
                FormatAssignment point = allocator.Point(p);

                Assert.Equal(RandomAllocation.Least(items, point.Cost), point.Loss, 1e-9);
                Assert.Equal(allocator.CostOfPoint(p), point.Cost);
                RequireTrue(items, point);
            }
        }
    }

    [Fact]
    public void The_front_is_convex_and_leads_from_the_cheapest_choice_to_the_best()
    {
        AllocationItem[] items = RandomAllocation.Weights(7, 40);
        Allocator allocator = new(items);
        FormatAssignment[] front = [.. Enumerable.Range(0, allocator.PointCount).Select(allocator.Point)];

        Assert.Equal(items.Sum(i => i.Options.Min(o => o.Cost)), front[0].Cost);
        Assert.Equal(items.Sum(i => i.Options.Min(o => o.Loss)), front[^1].Loss, 1e-12);
        double[] rates = [.. front.Zip(front[1..]).Select(pair => (pair.First.Loss - pair.Second.Loss) / (pair.Second.Cost - pair.First.Cost))];
        Assert.All(rates, rate => Assert.True(rate > 0));
        Assert.All(rates.Zip(rates[1..]), pair => Assert.True(pair.Second <= pair.First * (1 + 1e-6)));
    }

    [Theory]
    [InlineData(224)]
    [InlineData(900)]
    public void A_model_of_hundreds_of_weights_is_solved_to_the_least_loss(int count)
    {
        AllocationItem[] items = RandomAllocation.Weights(3, count);
        Allocator allocator = new(items);
        long first = allocator.CostOfPoint(0);
        long last = allocator.CostOfPoint(allocator.PointCount - 1);
        for (int i = 1; i < 10; i++)
        {
            long budget = first + ((last - first) * i / 10) + 12345;
            FormatAssignment found = allocator.Solve(budget)!;

            RequireTrue(items, found);
            Assert.InRange(found.Cost, first, budget);
            Assert.InRange(found.Loss, found.LossBound, found.LossBound * (1 + 1e-6));
        }
    }

    [Fact]
    public void A_problem_with_more_states_than_are_kept_gets_a_true_bound()
    {
        // A byte gains the same everywhere, so that nothing is excluded by its rate; and no sum of even costs is the odd budget.
        RandomNumbers random = new(11);
        AllocationItem[] items =
        [
            .. Enumerable.Range(0, 60).Select(i =>
            {
                int cost = 2 * random.Within(500_000_000, 1_000_000_000);
                return new AllocationItem($"layers.{i}.weight", [new(new QuantizedFormat(2, 32), 0, cost), new(new QuantizedFormat(4, 32), cost, 0)]);
            }),
        ];
        const long budget = 45_123_456_789;
        FormatAssignment found = new Allocator(items).Solve(budget)!;

        RequireTrue(items, found);
        Assert.InRange(found.Cost, 0, budget);
        Assert.True(found.LossBound < found.Loss, "the problem was to be too large to be proven");
        Assert.InRange(found.LossBound, found.Loss * 0.999, found.Loss);
    }

    [Fact]
    public void Of_equally_good_choices_the_first_is_taken_whenever_it_is_asked()
    {
        AllocationOption Option(int bits, int group, long cost, double loss) => new(new QuantizedFormat(bits, group), cost, loss);
        AllocationItem item = new("a.weight", [Option(4, 64, 10, 1), Option(4, 32, 10, 1), Option(3, 128, 4, 2), Option(3, 64, 4, 2)]);
        Allocator allocator = new([item, item]);

        Assert.Equal([2, 2], allocator.Solve(8)!.Choices);
        Assert.Equal([0, 2], allocator.Solve(14)!.Choices);
        Assert.Equal([0, 2], allocator.Solve(19)!.Choices);
        Assert.Equal([0, 0], allocator.Solve(20)!.Choices);
        Assert.Equal([0, 0], allocator.Solve(long.MaxValue)!.Choices);
    }

    [Fact]
    public void A_budget_below_the_cheapest_choice_has_no_solution_and_exactly_it_has_one()
    {
        AllocationItem[] items = RandomAllocation.Weights(1, 12);
        Allocator allocator = new(items);
        long least = items.Sum(i => i.Options.Min(o => o.Cost));

        Assert.Null(allocator.Solve(least - 1));
        Assert.Null(allocator.Solve(long.MinValue));
        Assert.Equal(least, allocator.Solve(least)!.Cost);
    }

    [Fact]
    public void An_option_that_is_off_the_convex_hull_is_taken_where_it_alone_fills_the_budget()
    {
        QuantizedFormat format = new(4, 64);
        AllocationItem item = new("a.weight", [new(format, 0, 10), new(format, 5, 9), new(format, 10, 0)]);
        Allocator allocator = new([item]);

        Assert.Equal(2, allocator.PointCount);
        Assert.Equal([1], allocator.Solve(9)!.Choices);
        Assert.Equal(9, allocator.Solve(9)!.LossBound);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, -1)]
    [InlineData(1, double.NaN)]
    [InlineData(1, double.PositiveInfinity)]
    public void Numbers_that_cannot_be_are_refused(long cost, double loss) =>
        Assert.Throws<ArgumentException>(() => new Allocator([new AllocationItem("a.weight", [new(new QuantizedFormat(4, 64), cost, loss)])]));

    private static void RequireTrue(IReadOnlyList<AllocationItem> items, FormatAssignment found)
    {
        Assert.Equal(items.Select((item, i) => item.Options[found.Choices[i]].Cost).Sum(), found.Cost);
        Assert.Equal(items.Select((item, i) => item.Options[found.Choices[i]].Loss).Sum(), found.Loss, 1e-12);
    }
}
