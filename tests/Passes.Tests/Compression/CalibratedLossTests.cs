using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests.Compression;

public sealed class CalibratedLossTests
{
    private static readonly CompressionWishes SecondOrder = new(QuantizationMethod.SecondOrder, PruningMethod.SparseGpt);
    private static readonly QuantizedFormat[] Formats = [.. new[] { "3g32", "3g32 8:16", "4g64", "4g64 2:4" }.Select(f => QuantizedFormat.Parse(f)!.Value)];

    [Fact]
    public void Losses_that_were_found_at_once_are_those_that_are_asked_for_one_by_one_whatever_the_threads()
    {
        CalibratedSample sample = Sample();
        string[] roles = ["a", "b", "c"];
        CalibratedLoss single = new(sample.Graph, sample, sample, SecondOrder);
        double[] expected = [.. roles.SelectMany(role => Formats.Select(format => single.LossOf(role, format)))];
        foreach (int threads in new[] { 1, 4 })
        {
            CalibratedLoss loss = new(sample.Graph, sample, sample, SecondOrder) { Threads = threads };
            List<double> shares = [];
            loss.Find([.. roles.Select(role => (role, (IReadOnlyList<QuantizedFormat>)Formats))], shares.Add, TestContext.Current.CancellationToken);
            int reads = sample.Reads;

            Assert.Equal(expected, roles.SelectMany(role => Formats.Select(format => loss.LossOf(role, format))));
            Assert.Equal(reads, sample.Reads);
            Assert.Equal(roles.Length * Formats.Length, shares.Count);
            Assert.Equal(shares.Order(), shares);
            Assert.Equal(1, shares[^1], 1e-9);
        }
    }

    [Theory]
    [InlineData(QuantizationMethod.RoundToNearest, PruningMethod.Magnitude)]
    [InlineData(QuantizationMethod.RoundToNearest, PruningMethod.Wanda)]
    [InlineData(QuantizationMethod.RoundToNearest, PruningMethod.SparseGpt)]
    [InlineData(QuantizationMethod.Gptq, PruningMethod.SparseGpt)]
    public void A_loss_is_that_of_the_very_codes_that_compiling_makes(QuantizationMethod method, PruningMethod pruning)
    {
        MadeUpProblem made = MadeUpProblem.Of(40, 64, 1);
        CompressionWishes wishes = new(method, pruning);
        foreach (string format in new[] { "3g32", "3g32 8:16" })
        {
            CalibratedSample sample = new CalibratedSample().Add("a", made, format);
            double loss = made.LossOf(new CompressedWeights(sample.Graph, sample, wishes, sample).Get("a"));

            Assert.Equal(loss, new CalibratedLoss(sample.Graph, sample, sample, wishes).LossOf("a", QuantizedFormat.Parse(format)!.Value), 1e-4 * loss);
        }
    }

    [Fact]
    public void Second_order_with_fewer_passes_predicts_nearly_what_compiling_makes()
    {
        MadeUpProblem made = MadeUpProblem.Of(40, 64, 2);
        CalibratedSample sample = new CalibratedSample().Add("a", made, "3g32");
        double loss = made.LossOf(new CompressedWeights(sample.Graph, sample, SecondOrder, sample).Get("a"));

        Assert.InRange(new CalibratedLoss(sample.Graph, sample, sample, SecondOrder).LossOf("a", Formats[0]), 0.99 * loss, 1.3 * loss);
    }

    [Fact]
    public void More_bits_and_more_weights_lose_less()
    {
        CalibratedSample sample = Sample();
        CalibratedLoss loss = new(sample.Graph, sample, sample, SecondOrder);
        foreach (string sparsity in new[] { "", " 8:16" })
        {
            double[] losses = [.. Enumerable.Range(2, 7).Select(bits => loss.LossOf("b", QuantizedFormat.Parse($"{bits}g32{sparsity}")!.Value))];
            Assert.All(losses.Zip(losses[1..]), pair => Assert.InRange(pair.Second, 0, pair.First * 1.01));
        }

        Assert.True(loss.LossOf("b", new QuantizedFormat(4, 32)) < loss.LossOf("b", QuantizedFormat.Parse("4g32 8:16")!.Value));
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_named()
    {
        float[] values = new float[64];
        values[3] = float.NaN;
        CalibratedSample sample = new CalibratedSample().Add("a", MadeUpProblem.Of(1, 64, 1).WithWeights(values));
        CalibratedLoss loss = new(sample.Graph, sample, sample, SecondOrder);

        CompilationException error = Assert.Throws<CompilationException>(
            () => loss.Find([("a", [Formats[0]])], _ => { }, TestContext.Current.CancellationToken));
        Assert.Equal((Codes.WeightNotFinite, "a"), (error.Diagnostics[0].Code, error.Diagnostics[0].Location));
    }

    [Fact]
    public void An_interruption_ends_the_search()
    {
        CalibratedSample sample = Sample();
        using CancellationTokenSource source = new();
        Assert.ThrowsAny<OperationCanceledException>(() => new CalibratedLoss(sample.Graph, sample, sample, SecondOrder) { Threads = 1 }
            .Find([("a", Formats), ("b", Formats)], _ => source.Cancel(), source.Token));
    }

    private static CalibratedSample Sample() => new CalibratedSample()
        .Add("a", MadeUpProblem.Of(40, 64, 1)).Add("b", MadeUpProblem.Of(24, 100, 2)).Add("c", MadeUpProblem.Of(16, 32, 3, couples: false));
}
