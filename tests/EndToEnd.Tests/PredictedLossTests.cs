using Flightc.Calibration;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes.Compression;
using Flightc.Recipes;

namespace Flightc.Tests;

/// <summary>What calibration predicts of the matrices of a layer of the sample model.</summary>
public sealed class PredictedLossTests(CalibratedStories stories) : IClassFixture<CalibratedStories>
{
    private static readonly string[] Roles = [.. new[] { "attn.q", "attn.k", "attn.v", "attn.o", "mlp.gate", "mlp.up", "mlp.down" }.Select(kind => $"layers.1.{kind}.weight")];

    [Fact]
    public void More_bits_never_lose_more()
    {
        QuantizedFormat[] formats = [.. Enumerable.Range(2, 7).Select(bits => new QuantizedFormat(bits, 64))];
        double[][] losses = Losses(QuantizationMethod.SecondOrder, isJoint: true, formats);

        Assert.All(losses, of => Assert.All(of.Zip(of[1..]), pair => Assert.InRange(pair.Second, 0, pair.First * 1.01)));
    }

    [Theory]
    [InlineData("3g64 8:16")]
    [InlineData("3g128 2:4")]
    public void Joint_choice_loses_no_more_in_sum_than_pruning_first(string format)
    {
        QuantizedFormat[] formats = [QuantizedFormat.Parse(format)!.Value];
        double joint = Losses(QuantizationMethod.SecondOrder, isJoint: true, formats).Sum(of => of[0]);
        double pruneFirst = Losses(QuantizationMethod.SecondOrder, isJoint: false, formats).Sum(of => of[0]);

        Assert.True(joint <= pruneFirst, $"{joint} and {pruneFirst}");
    }

    [Fact]
    public void Second_order_loses_less_than_GPTQ_and_this_less_than_rounding_to_the_nearest()
    {
        QuantizedFormat[] formats = [new(3, 64)];
        double[] sums = [.. new[] { QuantizationMethod.SecondOrder, QuantizationMethod.Gptq, QuantizationMethod.RoundToNearest }
            .Select(method => Losses(method, isJoint: true, formats).Sum(of => of[0]))];

        Assert.True(sums[0] < sums[1] && sums[1] < sums[2], string.Join(", ", sums));
    }

    // By role and format.
    private double[][] Losses(QuantizationMethod method, bool isJoint, QuantizedFormat[] formats)
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        using CalibrationStatistics statistics = CalibrationFile.Read(stories.Statistics);
        CalibratedLoss loss = new(model.Graph, model.Weights, statistics, new CompressionWishes(method, PruningMethod.SparseGpt, isJoint));
        loss.Find([.. Roles.Select(role => (role, (IReadOnlyList<QuantizedFormat>)formats))], _ => { }, TestContext.Current.CancellationToken);
        return [.. Roles.Select(role => formats.Select(format => loss.LossOf(role, format)).ToArray())];
    }
}
