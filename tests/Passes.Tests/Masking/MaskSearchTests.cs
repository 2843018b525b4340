using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Passes.Masking;
using Flightc.Reference;

namespace Flightc.Tests.Masking;

public sealed class MaskSearchTests
{
    private static readonly MaskSearchOptions Small = new(0.7) { Windows = 3, MeasuredWindows = 2, WindowTokens = 320, Rounds = 1 };

    [Fact]
    public void What_is_found_is_no_worse_than_a_window_of_the_same_count_and_the_same_on_any_number_of_threads()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        MaskSearchResult[] results =
        [
            .. new[] { 1, 2 }.Select(threads => MaskSearch.Find(
                model.Graph, model.Weights, new FloatForwardPass(new FloatExecutor(model.Graph, model.Weights, threads)), Records(), Small)),
        ];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(MaskBudget.KeptBlocks(4, 8, 5, 0.7), results[0].Masks.Layers.Sum(l => l.Kept(5)));
        Assert.True(results[0].Kl < results[0].WindowKl, $"{results[0].Kl} against {results[0].WindowKl}");
        Assert.Equal((3, 320), (results[0].Windows, results[0].Tokens));
    }

    [Fact]
    public void A_share_of_one_keeps_everything()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        MaskSearchResult result = MaskSearch.Find(
            model.Graph, model.Weights, new FloatForwardPass(new FloatExecutor(model.Graph, model.Weights)), Records(),
            Small with { Keep = 1, Windows = 1 });
        Assert.Equal(1, result.KeptShare);
        Assert.Equal(0, result.Kl, 1e-12);
    }

    [Fact]
    public void Records_are_joined_to_whole_windows_and_a_short_text_makes_a_shorter_one()
    {
        int[][] records = [[1, 2, 3], [4], [.. Enumerable.Range(5, 196)]];
        Assert.Equal([100, 100], MaskSearch.Join(records, 100).Select(w => w.Length));
        Assert.Equal(Enumerable.Range(1, 200), MaskSearch.Join(records, 100).SelectMany(w => w));
        Assert.Equal([192], MaskSearch.Join(records, 512).Select(w => w.Length));
        Assert.Empty(MaskSearch.Join([[1, 2, 3]], 512));
    }

    [Fact]
    public void Calibration_without_a_second_block_is_refused()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        CompilationException e = Assert.Throws<CompilationException>(() => MaskSearch.Find(
            model.Graph, model.Weights, new FloatForwardPass(new FloatExecutor(model.Graph, model.Weights)), [[1, 2, 3]], Small));
        Assert.Equal(Codes.TextInvalid, e.Diagnostics[0].Code);
        Assert.Contains("128 tokens", e.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int[]> Records()
    {
        // Ids as a text would have them: a few of them often.
        RandomNumbers random = new(6);
        return Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, 50).Select(_ => 3 + (random.Below(40) * random.Below(25))).ToArray());
    }
}
