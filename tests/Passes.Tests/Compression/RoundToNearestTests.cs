using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class RoundToNearestTests
{
    private const int KnownHash = 1638872890;

    private static readonly int[] GroupSizes = [32, 64, 128];

    /// <summary>How a row may look; the strange ones are where an invariant would break first.</summary>
    private static readonly Func<Random, float>[] Distributions =
    [
        Normal,
        r => r.NextSingle() - 0.5f,
        r => r.Next(2) == 0 ? 1 : -1,
        r => r.Next(10) == 0 ? Normal(r) : 0,
        r => Normal(r) * 5e37f,
        r => Normal(r) * 1e-39f,
        r => r.Next(-3, 4) * float.Epsilon,
        r => Normal(r) * MathF.ScaleB(1, r.Next(-140, 120)),
        r => -r.NextSingle(),
        r => r.Next(100) == 0 ? 1000 : Normal(r) * 1e-3f,
    ];

    [Fact]
    public void Every_matrix_keeps_the_bounds_of_the_format()
    {
        Random random = new(1);
        int[] columnCounts = [1, 7, 31, 32, 33, 100, 130, 256, 1000];
        for (int bits = 2; bits <= 8; bits++)
        {
            foreach (Func<Random, float> next in Distributions)
            {
                int columns = columnCounts[random.Next(columnCounts.Length)];
                QuantizedFormat format = new(bits, GroupSizes[random.Next(3)]);
                float[][] rows = Rows(random, 20, columns, next);
                QuantizedMatrix matrix = Quantize(rows, format);

                AssertBounds(matrix);
                AssertNearest(rows, matrix);
            }
        }
    }

    [Fact]
    public void More_bits_never_cost_accuracy()
    {
        Random random = new(2);
        foreach (int groupSize in GroupSizes)
        {
            float[][] rows = Rows(random, 64, 300, Normal);
            double last = 0.6;
            for (int bits = 2; bits <= 8; bits++)
            {
                double error = RelativeError(rows, Quantize(rows, new QuantizedFormat(bits, groupSize)));
                Assert.InRange(error, last / 8, last / 3);
                last = error;
            }
        }
    }

    [Theory]
    [InlineData(2, 0.35)]
    [InlineData(3, 0.66)]
    [InlineData(4, 0.83)]
    [InlineData(6, 0.97)]
    [InlineData(8, 1.03)]
    public void Searched_scales_beat_the_largest_magnitude_in_full_precision(int bits, double ratio)
    {
        float[][] rows = Rows(new Random(3), 64, 512, Normal);
        QuantizedFormat format = new(bits, 64);

        Assert.InRange(RelativeError(rows, Quantize(rows, format)) / PlainError(rows, format), 0, ratio);
    }

    [Fact]
    public void Rows_that_the_format_can_hold_are_held()
    {
        // Codes -8 … 7 times a multiplier per group, in steps of a power of two.
        Random random = new(4);
        float[][] rows = Rows(random, 8, 128, r => r.Next(-8, 8));
        foreach (float[] row in rows)
        {
            for (int k = 0; k < row.Length; k++)
            {
                row[k] *= (k / 32 == 0 ? 63 : 20 + k / 32) * 0.125f;
            }

            (row[0], row[32], row[64], row[96]) = (-8 * 63 * 0.125f, 7 * 21 * 0.125f, -8 * 22 * 0.125f, 7 * 23 * 0.125f);
        }

        Assert.InRange(RelativeError(rows, Quantize(rows, new QuantizedFormat(4, 32))), 0, 1e-12);
    }

    [Fact]
    public void Zeros_have_one_form()
    {
        float[] row = new float[128];
        row[64] = -2;
        QuantizedMatrix matrix = Quantize([new float[128], row, [.. Enumerable.Repeat(-0f, 128)]], new QuantizedFormat(4, 32));

        Assert.Equal(0, matrix.RowScales[0]);
        Assert.Equal(0, matrix.RowScales[2]);
        Assert.Equal([0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 0, 0], matrix.Multipliers);
        Assert.Equal([128 + 64], Enumerable.Range(0, matrix.Codes.Length).Where(i => matrix.Codes[i] != 0));
        Assert.Equal(-2, matrix.RowScales[1] * 63 * matrix.Codes[192], 1e-6f);
    }

    [Theory]
    [InlineData(8, 20000)]
    [InlineData(8, 132104)]
    [InlineData(5, 132104)]
    public void Multipliers_shrink_where_sums_could_overflow(int bits, int columns)
    {
        float[][] rows = Rows(new Random(5), 3, columns, r => r.Next(2) == 0 ? 1 : -1);
        rows[2].AsSpan().Fill(-1);
        QuantizedMatrix matrix = Quantize(rows, new QuantizedFormat(bits, 128));

        AssertBounds(matrix);
        Assert.InRange(matrix.Multipliers.Max(), 1, 62);
        Assert.InRange(RelativeError(rows, matrix), 0, 1e-3);
    }

    [Fact]
    public void Rows_too_long_for_exact_sums_are_refused_unread()
    {
        CompilationException error = Assert.Throws<CompilationException>(() =>
            RoundToNearest.Quantize("w", 1, 132105, new QuantizedFormat(8, 64), (_, _) => Assert.Fail("was read"), token: TestContext.Current.CancellationToken));

        Assert.Equal(Codes.QuantisationImpossible, error.Diagnostics[0].Code);
        Assert.Contains("132104", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void The_first_weight_that_is_not_finite_is_named(float bad)
    {
        float[][] rows = Rows(new Random(6), 100, 70, Normal);
        (rows[37][69], rows[38][0], rows[99][1]) = (bad, bad, bad);
        CompilationException error = Assert.Throws<CompilationException>(() => Quantize(rows, new QuantizedFormat(4, 64)));

        Assert.Equal((Codes.WeightNotFinite, "w"), (error.Diagnostics[0].Code, error.Diagnostics[0].Location));
        Assert.Contains("row 37, column 69", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_does_not_depend_on_its_neighbours()
    {
        float[][] rows = Rows(new Random(7), 50, 200, Normal);
        QuantizedFormat format = new(3, 64);
        QuantizedMatrix whole = Quantize(rows, format);
        for (int row = 0; row < rows.Length; row++)
        {
            QuantizedMatrix alone = Quantize([rows[row]], format);
            Assert.Equal(whole.RowScales[row], alone.RowScales[0]);
            Assert.Equal(whole.Codes[(row * 200)..((row + 1) * 200)], alone.Codes);
            Assert.Equal(whole.Multipliers[(row * 4)..((row + 1) * 4)], alone.Multipliers);
        }
    }

    [Theory]
    [InlineData(-100)]
    [InlineData(-1)]
    [InlineData(90)]
    public void A_power_of_two_changes_the_row_scale_alone(int exponent)
    {
        float[][] rows = Rows(new Random(8), 10, 96, Normal);
        QuantizedFormat format = new(4, 32);
        QuantizedMatrix matrix = Quantize(rows, format);
        QuantizedMatrix scaled = Quantize([.. rows.Select(r => r.Select(w => MathF.ScaleB(w, exponent)).ToArray())], format);

        Assert.Equal(matrix.Codes, scaled.Codes);
        Assert.Equal(matrix.Multipliers, scaled.Multipliers);
        Assert.Equal(matrix.RowScales.Select(s => MathF.ScaleB(s, exponent)), scaled.RowScales);
    }

    [Fact]
    public void The_bits_of_a_known_matrix_do_not_change()
    {
        // Integers only: the same on every platform, like everything that follows from them.
        Random random = new(9);
        float[][] rows = Rows(random, 16, 160, r => r.Next(-1000, 1001));
        QuantizedMatrix matrix = Quantize(rows, new QuantizedFormat(4, 64));
        int hash = 17;
        foreach (int value in matrix.Codes.Select(c => (int)c).Concat(matrix.Multipliers.Select(m => (int)m))
            .Concat(matrix.RowScales.Select(BitConverter.SingleToInt32Bits)))
        {
            hash = unchecked((hash * 31) + value);
        }

        Assert.Equal(KnownHash, hash);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(100)] // neither whole runs nor whole groups
    [InlineData(9)]
    public void A_sparse_matrix_is_the_pruned_one_quantised_and_what_was_dropped_is_0(int columns)
    {
        foreach (Sparsity sparsity in Sparsity.All)
        {
            float[][] rows = Rows(new Random(10), 20, columns, Normal);
            float[][] pruned = [.. rows.Select(row => row.ToArray())];
            Assert.All(pruned, row => MagnitudePruning.Prune(row, columns, sparsity));

            QuantizedMatrix sparse = Quantize(rows, new QuantizedFormat(4, 64, sparsity));
            QuantizedMatrix dense = Quantize(pruned, new QuantizedFormat(4, 64));

            Assert.Equal("4g64 " + sparsity, sparse.Format.ToString());
            Assert.Equal(dense.Codes, sparse.Codes);
            Assert.Equal(dense.Multipliers, sparse.Multipliers);
            Assert.Equal(dense.RowScales, sparse.RowScales);
            for (int i = 0; i < sparse.Codes.Length; i++)
            {
                Assert.True(pruned[i / columns][i % columns] != 0 || sparse.Codes[i] == 0);
            }

            Assert.All(
                sparse.Codes.Chunk(columns).SelectMany(row => row.Chunk(sparsity.Run)),
                run => Assert.InRange(run.Count(c => c != 0), 0, sparsity.Kept));
        }
    }

    [Theory]
    [InlineData(256, 40)]
    [InlineData(100, 20)] // short rows, tiles and blocks
    [InlineData(9, 3)]
    public void The_blocks_of_every_tile_of_16_rows_keep_what_a_pattern_says(int columns, int rowCount)
    {
        foreach (string text in (string[])["4g32 16.2:16", "4g64 16.8.4.4:16", "3g128 16.16.8.8.4.4.0.0:16", "2g128 16.16.16.16.0.0.0.0:16"])
        {
            QuantizedFormat format = QuantizedFormat.Parse(text)!.Value;
            float[][] rows = Rows(new Random(10), rowCount, columns, Normal);
            float[][] pruned = [.. rows.Chunk(16).SelectMany(block =>
            {
                float[] all = [.. block.SelectMany(row => row)];
                MagnitudePruning.Prune(all, columns, format.Sparsity);
                return all.Chunk(columns);
            })];

            QuantizedMatrix sparse = Quantize(rows, format);
            QuantizedMatrix dense = Quantize(pruned, format.AsDense);

            Assert.Equal(dense.Codes, sparse.Codes);
            Assert.Equal(dense.RowScales, sparse.RowScales);
            for (int first = 0; first < rowCount; first += 16)
            {
                for (int start = 0; start < columns; start += format.GroupSize)
                {
                    int blocks = (Math.Min(format.GroupSize, columns - start) + 15) / 16;
                    int[] kept = [.. Enumerable.Range(0, blocks).Select(b => Enumerable.Range(first, Math.Min(16, rowCount - first)).Max(
                        row => pruned[row].Skip(start + (16 * b)).Take(Math.Min(16, columns - start - (16 * b))).Count(w => w != 0)))];
                    Assert.All(
                        kept.OrderDescending().Select((k, i) => (k, format.Sparsity.Pattern.OfFirst(blocks)[i])),
                        pair => Assert.InRange(pair.k, Math.Min(pair.Item2, columns % 16 == 0 ? 16 : columns % 16), pair.Item2));
                }
            }
        }
    }

    [Fact]
    public void A_weight_that_would_be_dropped_has_to_be_finite_too()
    {
        float[][] rows = Rows(new Random(11), 3, 64, Normal);
        rows[1][5] = float.NaN;

        CompilationException error = Assert.Throws<CompilationException>(() => Quantize(rows, new QuantizedFormat(4, 64, new Sparsity(2, 16))));

        Assert.Equal(Codes.WeightNotFinite, error.Diagnostics[0].Code);
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(9, 32)]
    [InlineData(4, 48)]
    public void Formats_that_do_not_exist_are_refused(int bits, int groupSize) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantize([[1]], new QuantizedFormat(bits, groupSize)));

    private static void AssertBounds(QuantizedMatrix matrix)
    {
        int half = 1 << (matrix.Format.Bits - 1);
        Assert.All(matrix.Codes, c => Assert.InRange(c, -half, half - 1));
        Assert.All(matrix.Multipliers, m => Assert.InRange(m, 0, 63));
        Assert.All(matrix.RowScales, s => Assert.True(float.IsFinite(s) && s >= 0));
        for (int row = 0; row < matrix.Rows; row++)
        {
            long sum = 0;
            for (int k = 0; k < matrix.Columns; k++)
            {
                sum += Math.Abs((int)matrix.Codes[(row * matrix.Columns) + k])
                    * matrix.Multipliers[(row * matrix.Groups) + (k / matrix.Format.GroupSize)];
            }

            Assert.InRange(sum * 127, 0, (1L << 31) - 1);
        }
    }

    /// <summary>No other code would be nearer to the weight with the scales as they are.</summary>
    private static void AssertNearest(float[][] rows, QuantizedMatrix matrix)
    {
        int half = 1 << (matrix.Format.Bits - 1);
        for (int i = 0; i < matrix.Codes.Length; i++)
        {
            (int row, int k) = (i / matrix.Columns, i % matrix.Columns);
            double step = (double)matrix.RowScales[row]
                * matrix.Multipliers[(row * matrix.Groups) + (k / matrix.Format.GroupSize)];
            double code = step == 0 ? 0 : Math.Clamp(rows[row][k] / step, -half, half - 1);
            Assert.InRange(matrix.Codes[i], code - 0.50001, code + 0.50001);
        }
    }

    private static double RelativeError(float[][] rows, QuantizedMatrix matrix)
    {
        double error = 0, power = 0;
        for (int i = 0; i < matrix.Codes.Length; i++)
        {
            (int row, int k) = (i / matrix.Columns, i % matrix.Columns);
            double weight = rows[row][k];
            double value = (double)matrix.RowScales[row]
                * matrix.Multipliers[(row * matrix.Groups) + (k / matrix.Format.GroupSize)] * matrix.Codes[i];
            error += (weight - value) * (weight - value);
            power += weight * weight;
        }

        return error / power;
    }

    /// <summary>The error with exact scales that put a group's largest magnitude on the largest code.</summary>
    private static double PlainError(float[][] rows, QuantizedFormat format)
    {
        double error = 0, power = 0;
        foreach (float[] group in rows.SelectMany(r => r.Chunk(format.GroupSize)))
        {
            double step = group.Max(Math.Abs) / (double)((1 << (format.Bits - 1)) - 1);
            error += group.Sum(w => Square(w - (step * Math.Round(w / step))));
            power += group.Sum(w => Square(w));
        }

        return error / power;
    }

    private static double Square(double x) => x * x;

    private static QuantizedMatrix Quantize(float[][] rows, QuantizedFormat format) =>
        RoundToNearest.Quantize("w", rows.Length, rows[0].Length, format, (row, destination) => rows[row].CopyTo(destination));

    private static float[][] Rows(Random random, int rows, int columns, Func<Random, float> next) =>
        [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => next(random)).ToArray())];

    // A sum of uniforms is normal enough.
    private static float Normal(Random random) => (float)(Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6);
}
