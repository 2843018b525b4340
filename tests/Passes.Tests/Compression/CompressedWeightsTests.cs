using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

public sealed class CompressedWeightsTests
{
    private static readonly CompressionWishes SecondOrder = new(QuantizationMethod.SecondOrder, PruningMethod.SparseGpt);

    [Fact]
    public void Without_calibration_or_wishes_for_it_weights_are_rounded_to_the_nearest()
    {
        CalibratedSample sample = new CalibratedSample().Add("w", MadeUpProblem.Of(20, 64, 1), "3g32 8:16");
        QuantizedMatrix expected = new RoundToNearestWeights(sample.Graph, sample).Get("w");

        Assert.Equal(expected.Codes, new CompressedWeights(sample.Graph, sample, CompressionWishes.WithoutData, sample).Get("w").Codes);
        Assert.Equal(expected.Codes, new CompressedWeights(sample.Graph, sample, SecondOrder, null).Get("w").Codes);
        Assert.NotEqual(expected.Codes, new CompressedWeights(sample.Graph, sample, SecondOrder, sample).Get("w").Codes);
    }

    [Theory]
    [InlineData("4g32")]
    [InlineData("3g64 8:16")]
    [InlineData("8g128")]
    public void Codes_do_not_depend_on_what_stood_in_arrays_that_are_used_again(string format)
    {
        CalibratedSample sample = new CalibratedSample().Add("w", MadeUpProblem.Of(20, 72, 1), format);
        CompressedWeights weights = new(sample.Graph, sample, CompressionWishes.WithoutData, null) { Pool = new MatrixPool(1 << 20) };
        QuantizedMatrix first = weights.Get("w");
        (sbyte[] codes, byte[] multipliers, float[] scales) = ([.. first.Codes], [.. first.Multipliers], [.. first.RowScales]);
        first.Codes.AsSpan().Fill(77);
        first.Multipliers.AsSpan().Fill(99);
        first.RowScales.AsSpan().Fill(float.NaN);
        weights.Release(first);

        QuantizedMatrix second = weights.Get("w");
        Assert.Same(first.Codes, second.Codes);
        Assert.Equal(codes, second.Codes);
        Assert.Equal(multipliers, second.Multipliers);
        Assert.Equal(scales, second.RowScales);
    }

    [Fact]
    public void What_is_kept_for_others_is_not_given_away()
    {
        CalibratedSample sample = new CalibratedSample().Add("w", MadeUpProblem.Of(20, 64, 1), "4g32");
        MatrixPool pool = new(1 << 20);
        CompressedWeights weights = new(sample.Graph, sample, CompressionWishes.WithoutData, null) { Pool = pool, KeepsAll = true };
        QuantizedMatrix first = weights.Get("w");
        weights.Release(first);
        Assert.NotSame(first.Codes, pool.Rent(20, 64, first.Format).Codes);
        Assert.Same(first, weights.Get("w"));
    }

    [Fact]
    public void An_interruption_ends_the_work_on_a_matrix()
    {
        CalibratedSample sample = new CalibratedSample().Add("w", MadeUpProblem.Of(20, 64, 1), "4g32");
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => new CompressedWeights(sample.Graph, sample, CompressionWishes.WithoutData, null) { Token = source.Token }.Get("w"));
        Assert.ThrowsAny<OperationCanceledException>(
            () => RoundToNearest.Quantize("w", 20, 64, new QuantizedFormat(4, 32), (_, row) => row.Fill(1), token: source.Token));
    }

    [Fact]
    public void Every_combination_of_methods_keeps_the_bounds_and_each_gives_codes_of_its_own()
    {
        CalibratedSample sample = new CalibratedSample().Add("w", MadeUpProblem.Of(33, 80, 2), "3g64 8:16");
        Dictionary<string, CompressionWishes> seen = [];
        foreach (QuantizationMethod method in Enum.GetValues<QuantizationMethod>())
        {
            foreach (PruningMethod pruning in Enum.GetValues<PruningMethod>())
            {
                foreach (bool isJoint in new[] { true, false })
                {
                    CompressionWishes wishes = new(method, pruning, isJoint);
                    QuantizedMatrix matrix = new CompressedWeights(sample.Graph, sample, wishes, sample).Get("w");

                    MatrixInvariants.Hold(matrix);
                    Assert.Equal("3g64 8:16", matrix.Format.ToString());

                    // Without descent, feedback is the same for weights that were pruned first.
                    Assert.True(
                        seen.TryAdd(string.Join(' ', matrix.Codes), wishes) || (method != QuantizationMethod.SecondOrder && !isJoint), $"{wishes}");
                }
            }
        }
    }

    [Fact]
    public void What_Wanda_drops_counts_by_weight_and_feature_and_the_rest_is_rounded_as_it_was()
    {
        MadeUpProblem made = MadeUpProblem.Of(20, 64, 3);
        CalibratedSample sample = new CalibratedSample().Add("w", made, "8g32 4:16");
        QuantizedMatrix matrix = new CompressedWeights(
            sample.Graph, sample, new CompressionWishes(QuantizationMethod.RoundToNearest, PruningMethod.Wanda), sample).Get("w");

        for (int first = 0; first < made.Weights.Length; first += 16)
        {
            double[] scores = [.. Enumerable.Range(first, 16).Select(i =>
                Math.Abs(made.Weights[i]) * Math.Sqrt(made.Statistics.InputMoment[i % 64 * 65]))];
            double least = scores.OrderDescending().ElementAt(3);
            for (int i = 0; i < 16; i++)
            {
                float value = MatrixInvariants.ValueOf(matrix, (first + i) / 64, (first + i) % 64);
                Assert.Equal(scores[i] >= least ? made.Weights[first + i] : 0, value, 0.02f);
            }
        }
    }

    [Fact]
    public void Results_do_not_depend_on_threads_or_on_what_was_asked_before()
    {
        CalibratedSample sample = new CalibratedSample().Add("a", MadeUpProblem.Of(70, 64, 4)).Add("b", MadeUpProblem.Of(30, 48, 5), "2g32 2:4");
        CompressedWeights one = new(sample.Graph, sample, SecondOrder, sample) { Threads = 1 };
        CompressedWeights many = new(sample.Graph, sample, SecondOrder, sample) { Threads = 4, KeepsAll = true };

        Assert.Equal(one.Get("b").Codes, many.Get("b").Codes);
        Assert.Equal(one.Get("a").Codes, many.Get("a").Codes);
        Assert.Equal(one.Get("a").RowScales, one.Get("a").RowScales);
    }

    [Fact]
    public void What_is_kept_is_made_once()
    {
        CalibratedSample sample = new CalibratedSample().Add("w", MadeUpProblem.Of(8, 32, 6));
        CompressedWeights keeping = new(sample.Graph, sample, SecondOrder, sample) { KeepsAll = true };

        Assert.Same(keeping.Get("w"), keeping.Get("w"));
        Assert.Equal(1, sample.Reads);
    }

    [Fact]
    public void Notes_name_the_weight()
    {
        MadeUpProblem dead = MadeUpProblem.Of(8, 32, 7).With(input: new float[32 * 32]);
        CalibratedSample sample = new CalibratedSample().Add("a", MadeUpProblem.Of(8, 32, 7)).Add("b", dead);
        List<string> notes = [];
        CompressedWeights weights = new(sample.Graph, sample, SecondOrder, sample) { Note = (role, note) => notes.Add($"{role}: {note}") };

        weights.Get("a");
        weights.Get("b");

        Assert.Equal(["b: the input moment is 0: calibration never used this weight, and its values are rounded to the nearest"], notes);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_weight_that_is_not_finite_is_refused_by_its_name_and_place(float bad)
    {
        float[] values = (float[])MadeUpProblem.Of(8, 32, 8).Weights.Clone();
        values[70] = bad;
        CalibratedSample sample = new CalibratedSample().Add("layers.0.attn.q.weight", MadeUpProblem.Of(8, 32, 8).WithWeights(values));
        foreach (QuantizationMethod method in Enum.GetValues<QuantizationMethod>())
        {
            Diagnostic error = Refused(sample, "layers.0.attn.q.weight", new CompressionWishes(method, PruningMethod.SparseGpt));

            Assert.Equal((Codes.WeightNotFinite, "layers.0.attn.q.weight"), (error.Code, error.Location));
            Assert.Contains("row 2, column 6", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Weights_that_the_graph_or_calibration_does_not_know_are_refused()
    {
        CalibratedSample sample = new CalibratedSample().Add("w", MadeUpProblem.Of(8, 32, 9)).Add("other shape", MadeUpProblem.Of(8, 32, 9), rows: 7);

        Assert.Equal(Codes.GraphInvalid, Refused(sample, "unknown", SecondOrder).Code);
        Diagnostic shape = Refused(sample, "other shape", SecondOrder);
        Assert.Equal((Codes.QuantisationImpossible, "other shape"), (shape.Code, shape.Location));
        Assert.Equal("the calibration knows it as (8, 32), the model as (7, 32)", shape.Message);

        CompilationException error = Assert.Throws<CompilationException>(() => new CompressedWeights(sample.Graph, sample, SecondOrder, new NoCalibration()).Get("w"));
        Assert.Equal("the calibration knows nothing of this weight", error.Diagnostics[0].Message);
        Assert.Contains("flightc calibrate", error.Diagnostics[0].Help, StringComparison.Ordinal);
    }

    private static Diagnostic Refused(CalibratedSample sample, string name, CompressionWishes wishes) =>
        Assert.Single(Assert.Throws<CompilationException>(() => new CompressedWeights(sample.Graph, sample, wishes, sample).Get(name)).Diagnostics);

    private sealed class NoCalibration : ICalibration
    {
        public WeightStatistics? Find(string role) => null;
    }
}
