using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

public sealed class ErrorFeedbackTests
{
    private const int Bits = 4;

    private static readonly CompressionOptions Gptq = CompressionOptions.Of(new CompressionWishes(QuantizationMethod.Gptq, PruningMethod.SparseGpt));

    [Theory]
    [InlineData(70, 40)] // more rows than a task
    [InlineData(9, 200)] // more columns than feedback is kept up to date for
    [InlineData(5, 130)]
    [InlineData(1, 1)]
    public void Without_coupled_rows_every_code_is_that_of_textbook_GPTQ(int rows, int columns)
    {
        MadeUpProblem made = MadeUpProblem.Of(rows, columns, 11);
        PreparedProblem prepared = PreparedProblem.Of(made.Weights, made.Statistics, isSparse: false, Gptq, 2, null);
        CodeGrid grid = Grid(rows, columns);

        prepared.Feedback.Round(grid);

        Assert.Equal(TextbookGptq(made, prepared.Problem.Input, grid), grid.Codes);
    }

    [Theory]
    [InlineData(20, 40)]
    [InlineData(37, 19)]
    public void With_coupled_rows_every_code_makes_up_for_those_before_it_in_rows_and_columns(int rows, int columns)
    {
        MadeUpProblem made = MadeUpProblem.Of(rows, columns, 12);
        PreparedProblem prepared = PreparedProblem.Of(made.Weights, made.Statistics, isSparse: false, new CompressionOptions(), 2, null);
        CodeGrid grid = Grid(rows, columns);

        prepared.Feedback.Round(grid);

        Assert.Equal(TwoSided(made, prepared.Problem, grid), grid.Codes);
    }

    [Fact]
    public void With_diagonal_moments_every_weight_is_rounded_by_itself()
    {
        const int rows = 20, columns = 150;
        RandomNumbers random = new(13);
        MadeUpProblem made = MadeUpProblem.Of(rows, columns, 13).With(DiagonalMoment(random, columns), DiagonalMoment(random, rows));
        CompressionOptions options = new() { Rounds = 1, DescentPasses = 0 };

        QuantizedMatrix matrix = new SecondOrderQuantizer(made.Weights, made.Statistics, isSparse: false, options).Quantize(new QuantizedFormat(Bits, 64));

        for (int i = 0; i < made.Weights.Length; i++)
        {
            float step = matrix.RowScales[i / columns] * matrix.Multipliers[(i / columns * matrix.Groups) + (i % columns / 64)];
            Assert.Equal(Math.Clamp(MathF.Round(made.Weights[i] / step), -8, 7), matrix.Codes[i]);
        }
    }

    [Fact]
    public void Results_do_not_depend_on_threads()
    {
        foreach (bool couples in new[] { true, false })
        {
            MadeUpProblem made = MadeUpProblem.Of(150, 144, 14, couples);
            foreach (string format in new[] { "3g64", "3g64 8:16" })
            {
                QuantizedFormat wanted = QuantizedFormat.Parse(format)!.Value;
                QuantizedMatrix[] results = [.. new[] { 1, 2, 4 }.Select(threads => new SecondOrderQuantizer(
                    made.Weights, made.Statistics, !wanted.Sparsity.IsDense, new CompressionOptions { Rounds = 2, DescentPasses = 2 }, threads).Quantize(wanted))];

                Assert.All(results, result => Assert.Equal(results[0].Codes, result.Codes));
                Assert.All(results, result => Assert.Equal(results[0].Multipliers, result.Multipliers));
                Assert.All(results, result => Assert.Equal(results[0].RowScales, result.RowScales));
            }
        }
    }

    // Steps that differ by row and group, some of them so small that codes are clipped.
    private static CodeGrid Grid(int rows, int columns)
    {
        CodeGrid grid = new(rows, columns, new QuantizedFormat(Bits, 32));
        for (int row = 0; row < rows; row++)
        {
            grid.Scales[row] = 0.002f * (1 + (row % 3));
            for (int group = 0; group < grid.Groups; group++)
            {
                grid.Multipliers[(row * grid.Groups) + group] = (byte)(25 + (5 * group % 35));
            }
        }

        return grid;
    }

    // E. Frantar et al., algorithm 1, with the inverse updated by its Cholesky factor and columns by descending diagonal.
    private static sbyte[] TextbookGptq(MadeUpProblem made, float[] damped, CodeGrid grid)
    {
        int n = made.Columns;
        double[] h = [.. damped.Select(x => (double)x)];
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(k => made.Statistics.InputMoment[(k * n) + k])];
        double[] lower = DenseReference.Cholesky(DenseReference.Inverse(DenseReference.Part(h, n, order, order), n), n);
        sbyte[] codes = new sbyte[made.Weights.Length];
        for (int row = 0; row < made.Rows; row++)
        {
            double[] w = [.. order.Select(k => (double)made.Weights[(row * n) + k])];
            for (int i = 0; i < n; i++)
            {
                double step = grid.StepOf(row, order[i] / grid.Format.GroupSize);
                double code = Math.Clamp(Math.Round(w[i] / step), grid.MinCode, grid.MaxCode);
                codes[(row * n) + order[i]] = (sbyte)code;
                double error = (w[i] - (code * step)) / lower[(i * n) + i];
                for (int j = i + 1; j < n; j++)
                {
                    w[j] -= error * lower[(j * n) + i];
                }
            }
        }

        return codes;
    }

    // Each code is chosen so that its own term of Σ C[n]·D[k]·(Rᵀ E M)[n,k]² is least, with all before it as they are.
    private static sbyte[] TwoSided(MadeUpProblem made, CompressionProblem problem, CodeGrid grid)
    {
        (int rows, int columns) = (made.Rows, made.Columns);
        int[] columnOrder = [.. Enumerable.Range(0, columns).OrderByDescending(k => made.Statistics.InputMoment[(k * columns) + k])];
        int[] rowOrder = [.. Enumerable.Range(0, rows).OrderByDescending(k => made.Statistics.OutputMoment[(k * rows) + k])];
        double[] m = DenseReference.UpperFactor(DenseReference.Part([.. problem.Input.Select(x => (double)x)], columns, columnOrder, columnOrder), columns).Upper;
        double[] r = DenseReference.UpperFactor(DenseReference.Part([.. problem.Output!.Select(x => (double)x)], rows, rowOrder, rowOrder), rows).Upper;
        double[,] error = new double[rows, columns];
        sbyte[] codes = new sbyte[made.Weights.Length];
        for (int n = 0; n < rows; n++)
        {
            for (int k = 0; k < columns; k++)
            {
                double others = 0;
                for (int i = 0; i <= n; i++)
                {
                    for (int j = 0; j <= k; j++)
                    {
                        others += r[(i * rows) + n] * error[i, j] * m[(j * columns) + k];
                    }
                }

                int at = (rowOrder[n] * columns) + columnOrder[k];
                double step = grid.StepOf(rowOrder[n], columnOrder[k] / grid.Format.GroupSize);
                double code = Math.Clamp(Math.Round((made.Weights[at] + others) / step), grid.MinCode, grid.MaxCode);
                codes[at] = (sbyte)code;
                error[n, k] = made.Weights[at] - (code * step);
            }
        }

        return codes;
    }

    private static float[] DiagonalMoment(RandomNumbers random, int size)
    {
        float[] moment = new float[size * size];
        for (int i = 0; i < size; i++)
        {
            moment[(i * size) + i] = 0.1f + Math.Abs(random.Float());
        }

        return moment;
    }
}
