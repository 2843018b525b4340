using Flightc.IR;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class MagnitudePruningTests
{
    [Theory]
    [InlineData(2, 4)]
    [InlineData(2, 16)]
    [InlineData(4, 16)]
    [InlineData(8, 16)]
    public void The_largest_of_every_run_are_kept_as_they_are(int kept, int run)
    {
        Random random = new(kept + run);
        foreach (int columns in (int[])[1, 3, 15, 16, 17, 30, 64, 100])
        {
            // Few magnitudes, so that many are equal.
            float[] row = [.. Enumerable.Range(0, columns).Select(_ => random.Next(-3, 4) / 2f)];
            float[] expected = new float[columns];
            foreach (int[] columnsOfRun in Enumerable.Range(0, columns).Chunk(run))
            {
                foreach (int k in columnsOfRun.OrderByDescending(k => Math.Abs(row[k])).ThenBy(k => k).Take(kept))
                {
                    expected[k] = row[k];
                }
            }

            float[] pruned = [.. row];
            MagnitudePruning.Prune(pruned, new Sparsity(kept, run));

            Assert.Equal(expected, pruned);
            MagnitudePruning.Prune(pruned, new Sparsity(kept, run));
            Assert.Equal(expected, pruned);
        }
    }

    [Fact]
    public void A_short_last_run_keeps_as_many_as_a_whole_one()
    {
        float[] row = [.. Enumerable.Range(1, 26).Select(i => (float)i)];

        MagnitudePruning.Prune(row, new Sparsity(8, 16));

        Assert.Equal([9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 24, 25, 26], row.Where(w => w != 0));
    }

    [Fact]
    public void A_dense_format_keeps_everything()
    {
        float[] row = [1, -0f, 3e-45f, -2];

        MagnitudePruning.Prune(row, default);

        Assert.Equal([1, -0f, 3e-45f, -2], row);
    }
}
