using Flightc.Backend.Linking;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.Linking;

public sealed class MatrixQueueTests
{
    private static readonly MatrixRun[] Runs = [.. Enumerable.Range(0, 40).Select(i => new MatrixRun(i, $"w{i}"))];

    [Theory]
    [InlineData(0, long.MaxValue)]
    [InlineData(1, long.MaxValue)]
    [InlineData(3, long.MaxValue)]
    [InlineData(1, 30)]
    [InlineData(3, 30)]
    [InlineData(3, 70)]
    public void Matrices_come_in_order_and_never_take_more_memory_than_is_allowed(int makers, long limit)
    {
        CountedWeights weights = new(new MatrixCost(10, 20));
        using (MatrixQueue queue = new(Runs, weights, makers, new LinkOptions { MatrixBytes = limit, Token = TestContext.Current.CancellationToken }, new LinkTimes()))
        {
            foreach (MatrixRun run in Runs)
            {
                queue.Release(run, queue.Take(run));
            }
        }

        Assert.Equal(Runs.Select(run => run.Weight), weights.Made.Order(Comparer<string>.Create((a, b) => a.Length != b.Length ? a.Length - b.Length : string.CompareOrdinal(a, b))));
        Assert.Equal(Runs.Length, weights.Released);
        Assert.InRange(weights.MostBytes, 30, Math.Min(limit, 3 * 30));
    }

    [Fact]
    public void What_an_item_needs_is_made_although_nothing_is_left_for_matrices_ahead()
    {
        // Two are held while the third is made: 50 bytes, and no room for a fourth.
        CountedWeights weights = new(new MatrixCost(10, 30));
        using MatrixQueue queue = new(Runs, weights, 2, new LinkOptions { MatrixBytes = 60, Token = TestContext.Current.CancellationToken }, new LinkTimes());
        for (int i = 0; i < 39; i += 3)
        {
            QuantizedMatrix[] held = [queue.Take(Runs[i]), queue.Take(Runs[i + 1]), queue.Take(Runs[i + 2])];
            for (int k = 0; k < held.Length; k++)
            {
                queue.Release(Runs[i + k], held[k]);
            }
        }

        Assert.InRange(weights.MostBytes, 60, 60);
    }

    [Fact]
    public void The_next_matrices_are_made_while_one_is_packed_but_not_all()
    {
        using SemaphoreSlim begun = new(0);
        CountedWeights weights = new(new MatrixCost(1, 1)) { Making = _ => begun.Release() };
        using MatrixQueue queue = new(Runs, weights, 1, new LinkOptions { Token = TestContext.Current.CancellationToken }, new LinkTimes());
        queue.Take(Runs[0]);

        // w0, then w1 and w2 while w0 is packed.
        for (int i = 0; i < 3; i++)
        {
            Assert.True(begun.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }

        Assert.Equal(["w0", "w1", "w2"], weights.Made.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void Of_several_faults_the_first_in_order_is_told_and_nothing_hangs(int makers)
    {
        CountedWeights weights = new(new MatrixCost(1, 1))
        {
            Making = name =>
            {
                if (name is "w3" or "w4" or "w5")
                {
                    throw new CompilationException(Codes.WeightNotFinite, "is not finite", name);
                }
            },
        };
        using MatrixQueue queue = new(Runs, weights, makers, new LinkOptions { Token = TestContext.Current.CancellationToken }, new LinkTimes());
        for (int i = 0; i < 3; i++)
        {
            queue.Release(Runs[i], queue.Take(Runs[i]));
        }

        CompilationException error = Assert.Throws<CompilationException>(() => queue.Take(Runs[3]));
        Assert.Equal("w3", error.Diagnostics[0].Location);
    }

    [Fact]
    public void Who_waits_for_a_matrix_is_woken_by_an_interruption()
    {
        using CancellationTokenSource source = new();
        using ManualResetEventSlim begun = new();
        CountedWeights weights = new(new MatrixCost(1, 1))
        {
            Making = _ =>
            {
                begun.Set();
                source.Token.WaitHandle.WaitOne();
                source.Token.ThrowIfCancellationRequested();
            },
        };
        using MatrixQueue queue = new(Runs, weights, 1, new LinkOptions { Token = source.Token }, new LinkTimes());
        Task.Run(
            () =>
            {
                begun.Wait(TestContext.Current.CancellationToken);
                source.Cancel();
            }, TestContext.Current.CancellationToken);

        Assert.ThrowsAny<OperationCanceledException>(() => queue.Take(Runs[0]));
    }
}
