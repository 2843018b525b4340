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
            MagnitudePruning.Prune(pruned, columns, new Sparsity(kept, run));

            Assert.Equal(expected, pruned);
            MagnitudePruning.Prune(pruned, columns, new Sparsity(kept, run));
            Assert.Equal(expected, pruned);
        }
    }

    [Fact]
    public void A_short_last_run_keeps_as_many_as_a_whole_one()
    {
        float[] row = [.. Enumerable.Range(1, 26).Select(i => (float)i)];

        MagnitudePruning.Prune(row, row.Length, new Sparsity(8, 16));

        Assert.Equal([9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 24, 25, 26], row.Where(w => w != 0));
    }

    [Fact]
    public void A_dense_format_keeps_everything()
    {
        float[] row = [1, -0f, 3e-45f, -2];

        MagnitudePruning.Prune(row, row.Length, default);

        Assert.Equal([1, -0f, 3e-45f, -2], row);
    }

    [Fact]
    public void All_rows_are_pruned_alike()
    {
        Random random = new(3);
        foreach (Sparsity sparsity in Sparsity.All)
        {
            float[] rows = [.. Enumerable.Range(0, 5 * 40).Select(_ => random.NextSingle() - 0.5f)];
            float[] each = [.. rows.Chunk(40).SelectMany(row =>
            {
                MagnitudePruning.Prune(row, 40, sparsity);
                return row;
            })];

            MagnitudePruning.Prune(rows, 40, sparsity);

            Assert.Equal(each, rows);
        }
    }

    [Fact]
    public void With_a_pattern_the_blocks_that_matter_keep_more()
    {
        // Two rows of a tile of 64: blocks of magnitude 1, 100, 10 and 1000, of which 16.4.4.0 keeps 24 in a row.
        float[] sizes = [1, 100, 10, 1000];
        float[] rows = [.. Enumerable.Range(0, 2 * 64).Select(i => sizes[i % 64 / 16] * (1 + (i % 16 / 32f)))];
        float[] pruned = [.. rows];

        MagnitudePruning.Prune(pruned, 64, Sparsity.Parse("16.4.4.0:16")!.Value);

        Assert.Equal([0, 4, 4, 16, 0, 4, 4, 16], pruned.Chunk(16).Select(block => block.Count(w => w != 0)));
        Assert.All(rows.Zip(pruned), pair => Assert.True(pair.Second == 0 || pair.First == pair.Second));
        Assert.Equal([28, 29, 30, 31], Enumerable.Range(16, 16).Where(k => pruned[k] != 0));
    }

    [Theory]
    [InlineData(1e-38f)]
    [InlineData(1f)]
    [InlineData(3e38f)]
    public void Which_blocks_keep_more_does_not_depend_on_the_scale_of_the_weights(float scale)
    {
        Random random = new(8);
        float[] rows = [.. Enumerable.Range(0, 16 * 100).Select(_ => random.Next(-100, 101) / 100f)];
        float[] scaled = [.. rows.Select(w => w * scale)];
        Sparsity sparsity = Sparsity.Parse("16.8.4.2:16")!.Value;

        MagnitudePruning.Prune(rows, 100, sparsity);
        MagnitudePruning.Prune(scaled, 100, sparsity);

        Assert.Equal(rows.Select(w => w != 0), scaled.Select(w => w != 0));
    }
}
