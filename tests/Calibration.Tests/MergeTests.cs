using Flightc.Calibration;
using Flightc.Compression;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class MergeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Merged_statistics_are_those_of_both_texts_together()
    {
        TinyModel model = new();
        int[][] first = TinyModel.Windows(1, 9, 12), second = TinyModel.Windows(2, 30);
        using CalibrationStatistics a = Collect(model, first), b = Collect(model, second), all = Collect(model, [.. first, .. second]);
        using CalibrationStatistics merged = CalibrationStatistics.Merge(a, b);
        Assert.Equal((51L, 2), (merged.Tokens, merged.Parts.Count));
        WeightStatistics m = merged.Find("layers.1.mlp.down.weight")!, whole = all.Find("layers.1.mlp.down.weight")!;
        Assert.Equal(whole.InputLargest, m.InputLargest);
        for (int i = 0; i < m.InputMoment.Length; i++)
        {
            Assert.Equal(whole.InputMoment[i], m.InputMoment[i], 1e-5 * whole.InputMoment.Max());
        }

        Assert.Equal(1, merged.Find("embed.weight")!.LookupShares.Sum(), 1e-6);
    }

    [Fact]
    public void It_does_not_matter_which_comes_first()
    {
        TinyModel model = new();
        using CalibrationStatistics a = Collect(model, TinyModel.Windows(1, 9, 12)), b = Collect(model, TinyModel.Windows(2, 30));
        CalibrationFile.Write(_folder["ab"], CalibrationStatistics.Merge(a, b));
        CalibrationFile.Write(_folder["ba"], CalibrationStatistics.Merge(b, a));
        Assert.Equal(File.ReadAllBytes(_folder["ab"]), File.ReadAllBytes(_folder["ba"]));
        using CalibrationStatistics read = CalibrationFile.Read(_folder["ab"]);
        Assert.Equal(51, read.Tokens);
    }

    [Fact]
    public void Statistics_that_do_not_belong_together_are_refused()
    {
        TinyModel model = new();
        int[][] windows = TinyModel.Windows(1, 9, 12);
        using CalibrationStatistics a = Collect(model, windows);
        using CalibrationStatistics otherModel = Collect(new TinyModel(7), TinyModel.Windows(2, 9));
        using CalibrationStatistics otherForm = CalibrationRun.Collect(
            model.Graph, model, TinyModel.Windows(2, 9), new CalibrationOptions { MaxWholeOutputMoment = 12 }, null, TestContext.Current.CancellationToken);
        Refuses(a, otherModel, "two models");
        Refuses(a, otherForm, "embed.weight");
        Refuses(a, a, "count twice");
    }

    [Fact]
    public void Another_seed_on_the_same_text_can_be_merged()
    {
        TinyModel model = new();
        int[][] windows = TinyModel.Windows(1, 9, 12);
        using CalibrationStatistics a = Collect(model, windows, seed: 1), b = Collect(model, windows, seed: 2);
        using CalibrationStatistics merged = CalibrationStatistics.Merge(a, b);
        Assert.Equal(a.Find("layers.0.attn.q.weight")!.InputMoment, merged.Find("layers.0.attn.q.weight")!.InputMoment);
    }

    private static void Refuses(CalibrationStatistics a, CalibrationStatistics b, string part)
    {
        CompilationException e = Assert.Throws<CompilationException>(() => CalibrationStatistics.Merge(a, b));
        Assert.Equal(Codes.CalibrationInvalid, e.Diagnostics[0].Code);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    private static CalibrationStatistics Collect(TinyModel model, int[][] windows, ulong seed = 0) =>
        CalibrationRun.Collect(model.Graph, model, windows, new CalibrationOptions { Seed = seed }, null, TestContext.Current.CancellationToken);
}
