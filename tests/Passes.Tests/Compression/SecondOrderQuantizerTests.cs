using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

public sealed class SecondOrderQuantizerTests
{
    public static TheoryData<QuantizationMethod, PruningMethod, bool> Ways { get; } = new(
        from method in new[] { QuantizationMethod.Gptq, QuantizationMethod.SecondOrder }
        from pruning in Enum.GetValues<PruningMethod>()
        from isJoint in new[] { true, false }
        select (method, pruning, isJoint));

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_matrix_keeps_the_bounds_of_its_format(QuantizationMethod method, PruningMethod pruning, bool isJoint)
    {
        CompressionOptions options = CompressionOptions.Of(new CompressionWishes(method, pruning, isJoint)) with { Rounds = 2 };
        (int Rows, int Columns)[] sizes = [(1, 1), (17, 48), (3, 130), (40, 9), (33, 64)];
        for (int bits = 2; bits <= 8; bits++)
        {
            (int rows, int columns) = sizes[bits % sizes.Length];
            MadeUpProblem made = MadeUpProblem.Of(rows, columns, (ulong)bits);
            foreach (Sparsity sparsity in (Sparsity[])[default, .. Sparsity.All])
            {
                QuantizedFormat format = new(bits, new[] { 32, 64, 128 }[bits % 3], sparsity, HasShortScales: bits % 2 == 0);
                QuantizedMatrix matrix = new SecondOrderQuantizer(made.Weights, made.Statistics, !sparsity.IsDense, options).Quantize(format);

                Assert.Equal((rows, columns, format), (matrix.Rows, matrix.Columns, matrix.Format));
                MatrixInvariants.Hold(matrix);
            }
        }
    }

    [Fact]
    public void Multipliers_shrink_where_sums_could_overflow()
    {
        // 127 · 63 · 2432 is above (2^31 - 1) / 127.
        const int columns = 2432;
        RandomNumbers random = new(41);
        float[] weights = [.. Enumerable.Range(0, 2 * columns).Select(_ => random.Below(2) == 0 ? 1f : -1f)];
        float[] moment = new float[columns * columns];
        for (int k = 0; k < columns; k++)
        {
            moment[(k * columns) + k] = 1;
        }

        MadeUpProblem made = MadeUpProblem.Of(2, 1, 41).WithWeights(weights, columns, moment);
        QuantizedMatrix matrix = new SecondOrderQuantizer(weights, made.Statistics, isSparse: false, new CompressionOptions { Rounds = 1, DescentPasses = 1 })
            .Quantize(new QuantizedFormat(8, 128));

        MatrixInvariants.Hold(matrix);
        Assert.InRange(matrix.Multipliers.Max(), 40, 62);
        Assert.All(Enumerable.Range(0, columns), k => Assert.Equal(weights[k], MatrixInvariants.ValueOf(matrix, 0, k), 0.02f));
    }

    [Theory]
    [InlineData("2g32")]
    [InlineData("3g64")]
    [InlineData("4g128")]
    public void Coupled_rows_lose_less_than_rows_by_themselves_and_these_less_than_rounding_to_the_nearest(string text)
    {
        QuantizedFormat format = QuantizedFormat.Parse(text)!.Value;
        for (ulong seed = 50; seed < 54; seed++)
        {
            MadeUpProblem made = MadeUpProblem.Of(48, 96, seed);
            CompressionOptions gptq = CompressionOptions.Of(new CompressionWishes(QuantizationMethod.Gptq, PruningMethod.SparseGpt));
            double[] losses =
            [
                made.LossOf(Quantize(made, format, new CompressionOptions())),
                made.LossOf(Quantize(made, format, gptq with { CouplesRows = true })),
                made.LossOf(Quantize(made, format, gptq)),
                made.LossOf(RoundToNearest.Quantize("w", 48, 96, format, (row, to) => made.Weights.AsSpan(row * 96, 96).CopyTo(to), token: TestContext.Current.CancellationToken)),
            ];

            Assert.True(losses.Zip(losses[1..]).All(pair => pair.First <= pair.Second), string.Join(", ", losses));
            Assert.True(losses[0] < 0.6 * losses[3], string.Join(", ", losses));
        }
    }

    [Theory]
    [InlineData("3g64 8:16")]
    [InlineData("2g32 2:4")]
    [InlineData("4g64 4:16")]
    public void Masks_with_compensation_lose_less_than_Wanda_and_this_less_than_magnitude(string text)
    {
        QuantizedFormat format = QuantizedFormat.Parse(text)!.Value;
        double[] losses = [.. new[] { PruningMethod.SparseGpt, PruningMethod.Wanda, PruningMethod.Magnitude }.Select(pruning =>
            Enumerable.Range(0, 3).Sum(i => MadeUpProblem.Of(32, 64, (ulong)(60 + i)) is var made
                ? made.LossOf(Quantize(made, format, new CompressionOptions { Pruning = pruning })) : 0))];

        Assert.True(losses[0] < losses[1] && losses[1] < losses[2], string.Join(", ", losses));
    }

    [Theory]
    [InlineData("3g64 8:16")]
    [InlineData("3g32 2:4")]
    [InlineData("4g64 8:16")]
    public void Joint_choice_loses_no_more_than_pruning_first(string text)
    {
        QuantizedFormat format = QuantizedFormat.Parse(text)!.Value;
        double[] losses = [.. new[] { true, false }.Select(isJoint => Enumerable.Range(0, 4).Sum(i =>
            MadeUpProblem.Of(48, 96, (ulong)(70 + i)) is var made ? made.LossOf(Quantize(made, format, new CompressionOptions { IsJoint = isJoint })) : 0))];

        Assert.True(losses[0] <= losses[1], string.Join(", ", losses));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void The_loss_that_is_told_is_that_of_the_moments_as_they_were_found(bool couples, bool isLookedUp)
    {
        MadeUpProblem made = MadeUpProblem.Of(21, 50, 80, couples, isLookedUp);
        SecondOrderQuantizer quantizer = new(made.Weights, made.Statistics, isSparse: false, new CompressionOptions());
        QuantizedMatrix matrix = quantizer.Quantize(new QuantizedFormat(3, 32));
        double loss = made.LossOf(matrix);

        Assert.Equal(loss, quantizer.LossOf(matrix), 1e-4 * loss);
    }

    [Fact]
    public void A_matrix_in_which_tokens_are_looked_up_too_counts_both_uses()
    {
        MadeUpProblem made = MadeUpProblem.Of(40, 64, 81, isLookedUp: true), multiplied = MadeUpProblem.Of(40, 64, 81);
        QuantizedFormat format = new(3, 32);

        Assert.True(made.LossOf(Quantize(made, format, new CompressionOptions())) < made.LossOf(Quantize(multiplied, format, new CompressionOptions())));
    }

    [Fact]
    public void Formats_that_are_sparse_where_dense_ones_were_prepared_for_are_refused_and_the_other_way()
    {
        MadeUpProblem made = MadeUpProblem.Of(4, 32, 82);

        Assert.Throws<ArgumentException>(() => new SecondOrderQuantizer(made.Weights, made.Statistics, false, new CompressionOptions())
            .Quantize(QuantizedFormat.Parse("4g32 8:16")!.Value));
        Assert.Throws<ArgumentException>(() => new SecondOrderQuantizer(made.Weights, made.Statistics, true, new CompressionOptions())
            .Quantize(new QuantizedFormat(4, 32)));
    }

    [Fact]
    public void Neither_weights_nor_statistics_are_changed()
    {
        MadeUpProblem made = MadeUpProblem.Of(20, 64, 83, isLookedUp: true), same = MadeUpProblem.Of(20, 64, 83, isLookedUp: true);
        Quantize(made, QuantizedFormat.Parse("3g32 8:16")!.Value, new CompressionOptions());

        Assert.Equal(same.Weights, made.Weights);
        Assert.Equal(same.Statistics.InputMoment, made.Statistics.InputMoment);
        Assert.Equal(same.Statistics.OutputMoment, made.Statistics.OutputMoment);
        Assert.Equal(same.Statistics.LookupMoment, made.Statistics.LookupMoment);
    }

    private static QuantizedMatrix Quantize(MadeUpProblem made, QuantizedFormat format, CompressionOptions options) =>
        new SecondOrderQuantizer(made.Weights, made.Statistics, !format.Sparsity.IsDense, options).Quantize(format);
}
