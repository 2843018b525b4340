using Flightc.IR;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class GridDescentTests
{
    [Theory]
    [InlineData("2g32")]
    [InlineData("4g64")]
    [InlineData("8g128")]
    [InlineData("3g64 8:16")]
    [InlineData("3g32s 2:4")]
    public void No_pass_ever_makes_the_loss_grow(string text)
    {
        QuantizedFormat format = QuantizedFormat.Parse(text)!.Value;
        for (int kind = 0; kind < 4; kind++)
        {
            // More rows than a block, a short group, and a short run.
            MadeUpProblem made = MadeUpProblem.Of(45, 90, 31, couples: kind % 2 == 0, isLookedUp: kind >= 2);
            PreparedProblem prepared = PreparedProblem.Of(made.Weights, made.Statistics, !format.Sparsity.IsDense, new CompressionOptions(), 2, null);
            CodeGrid grid = RoughGrid(prepared, format);
            double last = prepared.Problem.LossOf(prepared.Problem.ErrorOf(grid)), first = last;
            for (int pass = 0; pass < 4; pass++)
            {
                new GridDescent(prepared.Problem, 63).Run(grid, 1);
                double loss = prepared.Problem.LossOf(prepared.Problem.ErrorOf(grid));
                Assert.InRange(loss, 0, last * (1 + 1e-6));
                last = loss;
            }

            Assert.True(last < 0.9 * first, $"{last} of {first}");
            MatrixInvariants.Hold(grid.Finish(0));
        }
    }

    [Fact]
    public void Multipliers_stay_below_the_limit_and_what_is_dropped_stays_dropped()
    {
        QuantizedFormat format = QuantizedFormat.Parse("3g32 4:16")!.Value;
        MadeUpProblem made = MadeUpProblem.Of(20, 96, 32);
        PreparedProblem prepared = PreparedProblem.Of(made.Weights, made.Statistics, isSparse: true, new CompressionOptions(), 2, null);
        CodeGrid grid = RoughGrid(prepared, format, limit: 9);
        ushort[] kept = (ushort[])grid.Kept.Clone();

        new GridDescent(prepared.Problem, 9).Run(grid, 8);

        Assert.All(grid.Multipliers, m => Assert.InRange(m, 0, 9));
        Assert.Equal(kept, grid.Kept);
        for (int i = 0; i < grid.Codes.Length; i++)
        {
            Assert.True(grid.Codes[i] == 0 || grid.IsKept(i / 96, i % 96));
        }
    }

    [Fact]
    public void Rows_that_cost_nothing_are_left_alone()
    {
        MadeUpProblem made = MadeUpProblem.Of(6, 32, 33, couples: false);
        made = made.With(output: [1, 0, 1, 0, 1, 0]);
        PreparedProblem prepared = PreparedProblem.Of(made.Weights, made.Statistics, isSparse: false, new CompressionOptions(), 1, null);
        CodeGrid grid = RoughGrid(prepared, new QuantizedFormat(3, 32)), before = grid.Copy();

        new GridDescent(prepared.Problem, 63).Run(grid, 4);

        Assert.Equal(before.Codes[32..64], grid.Codes[32..64]);
        Assert.Equal(before.Scales[3], grid.Scales[3]);
        Assert.NotEqual(before.Scales[2], grid.Scales[2]);
    }

    // Every weight rounded by itself, with one step for the matrix.
    private static CodeGrid RoughGrid(PreparedProblem prepared, QuantizedFormat format, int limit = 40)
    {
        CompressionProblem problem = prepared.Problem;
        CodeGrid grid = new(problem.Rows, problem.Columns, format);
        if (!format.Sparsity.IsDense)
        {
            prepared.Feedback.Prune(grid, prepared.Pruning(grid));
        }

        Array.Fill(grid.Multipliers, (byte)limit);
        Array.Fill(grid.Scales, format.ScaleFrom(0.9f / limit / -grid.MinCode));
        for (int i = 0; i < grid.Codes.Length; i++)
        {
            (int row, int k) = (i / problem.Columns, i % problem.Columns);
            grid.Codes[i] = (sbyte)(grid.IsKept(row, k)
                ? Math.Clamp(MathF.Round(problem.Weights[i] / grid.StepOf(row, k / format.GroupSize)), grid.MinCode, grid.MaxCode) : 0);
        }

        return grid;
    }
}
