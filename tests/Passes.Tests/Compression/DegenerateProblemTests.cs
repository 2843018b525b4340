using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

/// <summary>Weights and moments at and beyond the edge of what can be computed with.</summary>
public sealed class DegenerateProblemTests
{
    private const int Rows = 20;
    private const int Columns = 48;

    private static readonly QuantizedFormat[] Formats = [.. new[] { "3g32", "4g128s", "3g32 8:16", "2g64 2:4" }.Select(f => QuantizedFormat.Parse(f)!.Value)];

    [Fact]
    public void Features_that_never_occur_are_noted_and_leave_the_others_as_good()
    {
        MadeUpProblem made = MadeUpProblem.Of(Rows, Columns, 1);
        float[] input = (float[])made.Statistics.InputMoment.Clone();
        foreach (int dead in new[] { 0, 17, 18, 47 })
        {
            for (int k = 0; k < Columns; k++)
            {
                input[(dead * Columns) + k] = input[(k * Columns) + dead] = 0;
            }
        }

        MadeUpProblem with = made.With(input);
        List<string> notes = Compressed(with);

        Assert.All(notes, note => Assert.Equal("the input moment is singular: 4 of 48 features never occur in calibration; it was damped by 0.02 of its mean", note));
        Assert.NotEmpty(notes);
        Assert.InRange(Relative(with, new QuantizedFormat(4, 32)), 0, 0.7);
    }

    [Fact]
    public void A_weight_that_calibration_never_used_is_rounded_with_a_note()
    {
        MadeUpProblem made = MadeUpProblem.Of(Rows, Columns, 2);
        MadeUpProblem noInput = made.With(input: new float[Columns * Columns]);
        Assert.Contains("the input moment is 0: calibration never used this weight, and its values are rounded to the nearest", Compressed(noInput));
        Assert.InRange(SquaredError(noInput, new QuantizedFormat(8, 32)), 0, 1e-4);

        MadeUpProblem noOutput = made.With(output: new float[Rows * Rows]);
        Assert.Contains("the output moment is 0: calibration never used this weight, and its values are rounded to the nearest", Compressed(noOutput));
        Assert.InRange(SquaredError(noOutput, new QuantizedFormat(8, 32)), 0, 1e-4);
        Compressed(made.With(output: new float[Rows]));
        Compressed(made.With(new float[Columns * Columns], new float[Rows * Rows]));
    }

    [Fact]
    public void A_moment_of_fewer_tokens_than_features_is_damped_with_a_note()
    {
        MadeUpProblem made = MadeUpProblem.Of(Rows, Columns, 3);
        float[] rankOne = new float[Columns * Columns];
        for (int i = 0; i < rankOne.Length; i++)
        {
            rankOne[i] = (1 + (i / Columns % 5)) * (1 + (i % Columns % 5));
        }

        MadeUpProblem with = made.With(rankOne).WithTokens(1);

        Assert.Contains("the input moment is singular: 1 tokens of calibration are fewer than 48 features; it was damped by 0.02 of its mean", Compressed(with));
        Assert.InRange(Relative(with, new QuantizedFormat(3, 32)), 0, 0.05);
    }

    [Fact]
    public void A_moment_that_is_not_positive_definite_is_damped_further_with_a_note()
    {
        MadeUpProblem made = MadeUpProblem.Of(Rows, Columns, 4);
        float[] indefinite = new float[Columns * Columns];
        for (int i = 0; i < indefinite.Length; i++)
        {
            indefinite[i] = i % (Columns + 1) == 0 ? 1 : i / Columns / 2 == i % Columns / 2 ? -1.2f : 0;
        }

        Assert.Contains("the input moment cannot be factored at a damping of 0.02; 0.32 was taken", Compressed(made.With(indefinite)));

        for (int i = 0; i < indefinite.Length; i++)
        {
            indefinite[i] = i % (Columns + 1) == 0 ? 1 : -1e6f;
        }

        Assert.Contains("the input moment cannot be factored; only its diagonal was taken", Compressed(made.With(indefinite)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Moments_that_are_not_finite_are_taken_as_far_as_they_are_with_a_note(float bad)
    {
        MadeUpProblem made = MadeUpProblem.Of(Rows, Columns, 5);
        float[] input = (float[])made.Statistics.InputMoment.Clone(), output = (float[])made.Statistics.OutputMoment.Clone();
        (input[5], input[5 * Columns], output[3 + (3 * Rows)]) = (bad, bad, bad);
        MadeUpProblem with = made.With(input, output);
        List<string> notes = Compressed(with);

        Assert.Contains("the input moment has values that are not finite; only what is finite of its diagonal was taken", notes);
        Assert.Contains("the output moment has values that are not finite; only what is finite of its diagonal was taken", notes);
        SecondOrderQuantizer quantizer = new(with.Weights, with.Statistics, isSparse: false, new CompressionOptions());
        Assert.True(double.IsFinite(quantizer.LossOf(quantizer.Quantize(new QuantizedFormat(3, 32)))));
    }

    [Theory]
    [InlineData(1e-40f, 1f)] // some of it subnormal
    [InlineData(1e-30f, 1e-30f)]
    [InlineData(1e30f, 1e30f)]
    [InlineData(1e35f, 1e-30f)]
    public void Moments_of_any_size_give_the_codes_of_ordinary_ones(float inputSize, float outputSize)
    {
        MadeUpProblem made = MadeUpProblem.Of(Rows, Columns, 6);
        MadeUpProblem scaled = made.With(
            [.. made.Statistics.InputMoment.Select(x => x * MathF.ScaleB(1, Math.ILogB(inputSize)))],
            [.. made.Statistics.OutputMoment.Select(x => x * MathF.ScaleB(1, Math.ILogB(outputSize)))]);
        foreach (QuantizedFormat format in Formats)
        {
            QuantizedMatrix expected = Quantize(made, format), found = Quantize(scaled, format);
            bool isExact = inputSize > 1e-37f && outputSize > 1e-37f;
            Assert.True(!isExact || expected.Codes.AsSpan().SequenceEqual(found.Codes));
            MatrixInvariants.Hold(found);
            Assert.InRange(made.LossOf(found), 0, 1.1 * made.LossOf(expected));
        }

        SecondOrderQuantizer quantizer = new(scaled.Weights, scaled.Statistics, isSparse: false, new CompressionOptions());
        QuantizedMatrix matrix = quantizer.Quantize(Formats[0]);
        Assert.Equal(scaled.LossOf(matrix), quantizer.LossOf(matrix), 1e-3 * scaled.LossOf(matrix));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(-100)]
    [InlineData(-60)]
    public void A_power_of_two_changes_the_row_scales_alone(int exponent)
    {
        MadeUpProblem made = MadeUpProblem.Of(Rows, Columns, 7);
        MadeUpProblem scaled = made.WithWeights([.. made.Weights.Select(w => MathF.ScaleB(w, exponent))]);
        foreach (QuantizedFormat format in Formats)
        {
            QuantizedMatrix expected = Quantize(made, format), found = Quantize(scaled, format);

            Assert.Equal(expected.Codes, found.Codes);
            Assert.Equal(expected.Multipliers, found.Multipliers);
            Assert.Equal(expected.RowScales.Select(s => MathF.ScaleB(s, exponent)), found.RowScales);
        }

        float[] pruned = Quantizer(made, sparse: true).Prune(Formats[2]), scaledPruned = Quantizer(scaled, sparse: true).Prune(Formats[2]);
        Assert.Equal(pruned.Select(w => MathF.ScaleB(w, exponent)), scaledPruned);
    }

    [Fact]
    public void Weights_of_zeros_subnormals_and_of_very_different_sizes_keep_the_bounds()
    {
        RandomNumbers random = new(8);
        Func<float>[] kinds =
        [
            () => 0,
            () => random.Below(3) * float.Epsilon,
            () => random.Float() * 1e-39f,
            () => random.Float() * 1e30f,
            () => random.Float() * 3e38f,
            () => random.Float() * MathF.ScaleB(1, random.Within(-140, 120)),
            () => random.Below(20) == 0 ? random.Float() : 0,
        ];
        foreach (Func<float> kind in kinds)
        {
            float[] weights = [.. Enumerable.Range(0, Rows * Columns).Select(_ => kind())];
            Compressed(MadeUpProblem.Of(Rows, Columns, 8).WithWeights(weights));
        }
    }

    [Fact]
    public void Zeros_have_one_form()
    {
        QuantizedMatrix matrix = Quantize(MadeUpProblem.Of(Rows, Columns, 9).WithWeights(new float[Rows * Columns]), new QuantizedFormat(4, 32));

        Assert.All(matrix.RowScales, s => Assert.Equal(0, s));
        Assert.All(matrix.Codes, c => Assert.Equal(0, c));
    }

    // Every method and format; the notes that it gave.
    private static List<string> Compressed(MadeUpProblem made)
    {
        List<string> notes = [];
        foreach (QuantizationMethod method in new[] { QuantizationMethod.Gptq, QuantizationMethod.SecondOrder })
        {
            CompressionOptions options = CompressionOptions.Of(new CompressionWishes(method, PruningMethod.SparseGpt));
            foreach (QuantizedFormat format in Formats)
            {
                SecondOrderQuantizer quantizer = new(made.Weights, made.Statistics, !format.Sparsity.IsDense, options, note: notes.Add);
                MatrixInvariants.Hold(quantizer.Quantize(format));
            }
        }

        return notes;
    }

    private static SecondOrderQuantizer Quantizer(MadeUpProblem made, bool sparse) => new(made.Weights, made.Statistics, sparse, new CompressionOptions());

    private static QuantizedMatrix Quantize(MadeUpProblem made, QuantizedFormat format) => Quantizer(made, !format.Sparsity.IsDense).Quantize(format);

    // The loss as a share of that of rounding to the nearest.
    private static double Relative(MadeUpProblem made, QuantizedFormat format) =>
        made.LossOf(Quantize(made, format)) / made.LossOf(RoundToNearest.Quantize(
            "w", Rows, Columns, format, (row, to) => made.Weights.AsSpan(row * Columns, Columns).CopyTo(to)));

    // As a share of the weights' squares.
    private static double SquaredError(MadeUpProblem made, QuantizedFormat format)
    {
        QuantizedMatrix matrix = Quantize(made, format);
        double[] errors = [.. made.Weights.Select((w, i) => (double)w - MatrixInvariants.ValueOf(matrix, i / Columns, i % Columns))];
        return errors.Sum(e => e * e) / made.Weights.Sum(w => (double)w * w);
    }
}
