using System.Numerics;
using Flightc.IR;
using Flightc.Numerics;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class RunEliminationTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(7)] // a short run
    [InlineData(1)]
    public void Each_time_the_weight_goes_whose_loss_is_least_when_all_others_are_free(int lanes)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Run run = Run.Of(lanes, seed);
            float[] losses = new float[17];

            uint kept = run.Elimination.Drop(run.Targets, lanes, left => BitOperations.PopCount(left) > lanes / 2 ? left : 0, losses);

            (uint expected, double loss) = run.Greedy(lanes / 2);
            Assert.Equal(expected, kept);
            Assert.Equal(loss, losses[lanes / 2], 1e-3 * loss);
            Assert.Equal(0, losses[lanes]);
        }
    }

    [Fact]
    public void The_first_weight_that_goes_is_the_best_of_all()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Run run = Run.Of(16, seed);

            uint kept = run.Elimination.Drop(run.Targets, 16, left => left == 0xFFFF ? left : 0, []);

            Assert.Equal(Enumerable.Range(0, 16).MinBy(q => run.LossWithout(0xFFFFu & ~(1u << q))), BitOperations.TrailingZeroCount(~kept));
        }
    }

    [Fact]
    public void Only_what_may_go_goes()
    {
        Run run = Run.Of(16, 3);

        uint kept = run.Elimination.Drop(run.Targets, 16, left => left & 0x00F0, []);

        Assert.Equal(0xFF0Fu, kept);
    }

    [Theory]
    [InlineData("4g128 8:16", 128)]
    [InlineData("4g128 4:16", 48)] // a group longer than a row
    [InlineData("3g32 2:16", 100)] // a short last run
    [InlineData("3g32 8:16", 9)]
    [InlineData("3g32 2:4", 64)]
    [InlineData("3g32 2:4", 27)]
    [InlineData("3g32 2:4", 1)]
    public void Every_run_keeps_exactly_as_many_as_the_format_says(string text, int columns)
    {
        QuantizedFormat format = QuantizedFormat.Parse(text)!.Value;
        MadeUpProblem made = MadeUpProblem.Of(10, columns, 21);
        foreach (bool couples in new[] { true, false })
        {
            float[] pruned = new SecondOrderQuantizer(made.Weights, made.Statistics, isSparse: true, new CompressionOptions { CouplesRows = couples }).Prune(format);

            Assert.All(
                pruned.Chunk(columns).SelectMany(row => row.Chunk(format.Sparsity.Run)),
                run => Assert.Equal(Math.Min(format.Sparsity.Kept, run.Length), run.Count(w => w != 0)));
        }
    }

    [Fact]
    public void What_is_left_makes_up_for_what_was_dropped()
    {
        MadeUpProblem made = MadeUpProblem.Of(16, 96, 22, couples: false);
        QuantizedFormat format = QuantizedFormat.Parse("8g32 8:16")!.Value;
        float[] pruned = new SecondOrderQuantizer(made.Weights, made.Statistics, isSparse: true, new CompressionOptions()).Prune(format);
        float[] cut = [.. made.Weights.Select((w, i) => pruned[i] == 0 ? 0 : w)], magnitude = (float[])made.Weights.Clone();
        MagnitudePruning.Prune(magnitude, 96, format.Sparsity);

        double[] losses = [LossOf(made, pruned), LossOf(made, cut), LossOf(made, magnitude)];
        Assert.True(losses[0] < 0.75 * losses[1] && losses[0] < 0.4 * losses[2], string.Join(", ", losses));
    }

    private static double LossOf(MadeUpProblem made, float[] values) =>
        new CompressionProblem("w", made.Rows, made.Columns, made.Weights, made.Statistics.InputMoment, null, made.Statistics.OutputMoment)
            .LossOf([.. made.Weights.Zip(values, (w, v) => w - v)]);

    // A run of columns whose curvature is C, and the values that nothing dropped would have.
    private sealed record Run(double[] Curvature, int Lanes, float[] Targets, RunElimination Elimination)
    {
        public static Run Of(int lanes, ulong seed)
        {
            RandomNumbers random = new(seed);
            float[] moment = MadeUpProblem.Moment(random, lanes, 1);
            for (int i = 0; i < lanes; i++)
            {
                moment[(i * lanes) + i] += 0.05f;
            }

            TriangularFactor factor = TriangularFactor.Of(moment, lanes)!;
            float[] within = new float[256];
            for (int i = 0; i < lanes; i++)
            {
                for (int j = i + 1; j < lanes; j++)
                {
                    within[(i * 16) + j] = factor.Upper[(i * lanes) + j];
                }
            }

            float[] targets = [.. random.Floats(lanes), .. new float[16 - lanes]];
            return new Run([.. moment.Select(x => (double)x)], lanes, targets, new RunElimination(within, factor.Diagonal));
        }

        // zᵀ · S · z of what is dropped, S the Schur complement of what is kept and free.
        public double LossWithout(uint kept)
        {
            int[] left = [.. Enumerable.Range(0, Lanes).Where(q => (kept >> q & 1) != 0)];
            int[] dropped = [.. Enumerable.Range(0, Lanes).Where(q => (kept >> q & 1) == 0)];
            double[] inverse = DenseReference.Inverse(DenseReference.Part(Curvature, Lanes, left, left), left.Length);
            double[] across = DenseReference.Part(Curvature, Lanes, dropped, left);
            double loss = 0;
            for (int i = 0; i < dropped.Length; i++)
            {
                for (int j = 0; j < dropped.Length; j++)
                {
                    double schur = Curvature[(dropped[i] * Lanes) + dropped[j]];
                    for (int k = 0; k < left.Length * left.Length; k++)
                    {
                        schur -= across[(i * left.Length) + (k / left.Length)] * inverse[k] * across[(j * left.Length) + (k % left.Length)];
                    }

                    loss += (double)Targets[dropped[i]] * schur * Targets[dropped[j]];
                }
            }

            return loss;
        }

        public (uint Kept, double Loss) Greedy(int count)
        {
            uint kept = (uint)((1L << Lanes) - 1);
            while (BitOperations.PopCount(kept) > count)
            {
                kept &= ~(1u << Enumerable.Range(0, Lanes).Where(q => (kept >> q & 1) != 0).MinBy(q => LossWithout(kept & ~(1u << q))));
            }

            return (kept, LossWithout(kept));
        }
    }
}
