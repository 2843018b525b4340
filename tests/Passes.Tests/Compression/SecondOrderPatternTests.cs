using Flightc.Compression;
using Flightc.IR;
using Flightc.Packing;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

/// <summary>Patterns with masks and codes by second order.</summary>
public sealed class SecondOrderPatternTests
{
    [Theory]
    [InlineData("4g64 16.8.4.0:16", 40, 128)]
    [InlineData("3g128 16.16.8.8.8.8.4.4:16", 16, 200)] // a short tile and a short block
    [InlineData("4g32 16.2:16", 7, 50)]
    public void The_blocks_of_every_tile_match_the_pattern(string text, int rows, int columns)
    {
        QuantizedFormat format = QuantizedFormat.Parse(text)!.Value;
        (float[] weights, WeightStatistics statistics) = Problem(rows, columns);
        foreach (PruningMethod method in Enum.GetValues<PruningMethod>())
        {
            QuantizedMatrix matrix = Quantize(weights, statistics, format, method, 2);

            for (int first = 0; first < rows; first += 16)
            {
                for (int group = 0; group < matrix.Groups; group++)
                {
                    sbyte[] codes = Tile(matrix, first, group);
                    uint densities = TileWriter.DensitiesOf(codes, format, FormatTiles.Blocks(format, columns, group));
                    Assert.True(TileWriter.Holds(TileHeader.Weights(0, group, format, densities, false), codes), $"{method} {first} {group}");
                }
            }

            Assert.Equal(matrix.Codes, Quantize(weights, statistics, format, method, 1).Codes);
        }
    }

    [Fact]
    public void Blocks_that_second_order_chooses_lose_less_than_those_of_magnitude()
    {
        QuantizedFormat format = QuantizedFormat.Parse("4g64 16.8.8.4:16")!.Value;
        (float[] weights, WeightStatistics statistics) = Problem(48, 128);

        double[] losses = [.. new[] { PruningMethod.SparseGpt, PruningMethod.Wanda, PruningMethod.Magnitude }.Select(
            method => Loss(weights, Quantize(weights, statistics, format, method, 2), statistics))];

        Assert.True(losses[0] < losses[1] && losses[1] < losses[2], string.Join(", ", losses));
    }

    private static QuantizedMatrix Quantize(float[] weights, WeightStatistics statistics, QuantizedFormat format, PruningMethod method, int threads) =>
        new SecondOrderQuantizer(weights, statistics, true, new CompressionOptions { Pruning = method }, threads).Quantize(format);

    // Inputs of very different sizes that go together, and rows that count differently.
    private static (float[] Weights, WeightStatistics Statistics) Problem(int rows, int columns)
    {
        Random random = new(rows + columns);
        float[] moment = new float[columns * columns];
        for (int sample = 0; sample < 2 * columns; sample++)
        {
            float common = random.NextSingle() - 0.5f;
            float[] x = [.. Enumerable.Range(0, columns).Select(k => (common + random.NextSingle() - 0.5f) * (1 + (k * 7 % 20 / 4f)))];
            for (int i = 0; i < moment.Length; i++)
            {
                moment[i] += x[i / columns] * x[i % columns] / (2 * columns);
            }
        }

        return (
            [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)],
            new WeightStatistics
            {
                Role = "w", Rows = rows, Columns = columns, Tokens = 2 * columns, InputMoment = moment, InputLargest = new float[columns],
                OutputMoment = [.. Enumerable.Range(0, rows).Select(n => 1 + (n % 5f))],
            });
    }

    // Σ G[n] · e A eᵀ
    private static double Loss(float[] weights, QuantizedMatrix matrix, WeightStatistics statistics)
    {
        int columns = matrix.Columns;
        double loss = 0;
        for (int row = 0; row < matrix.Rows; row++)
        {
            double[] error = [.. Enumerable.Range(0, columns).Select(k => (double)weights[(row * columns) + k]
                - (matrix.RowScales[row] * matrix.Multipliers[(row * matrix.Groups) + (k / matrix.Format.GroupSize)] * matrix.Codes[(row * columns) + k]))];
            for (int i = 0; i < columns * columns; i++)
            {
                loss += statistics.OutputMoment[row] * error[i / columns] * error[i % columns] * statistics.InputMoment[i];
            }
        }

        return loss;
    }

    private static sbyte[] Tile(QuantizedMatrix matrix, int first, int group)
    {
        int size = matrix.Format.GroupSize;
        sbyte[] codes = new sbyte[16 * size];
        for (int r = 0; r < Math.Min(16, matrix.Rows - first); r++)
        {
            int start = ((first + r) * matrix.Columns) + (group * size);
            matrix.Codes.AsSpan(start, Math.Min(size, matrix.Columns - (group * size))).CopyTo(codes.AsSpan(r * size));
        }

        return codes;
    }
}
