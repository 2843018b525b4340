using Flightc.Calibration;
using Flightc.Compression;

namespace Flightc.Tests;

/// <summary>What statistics are, checked against their definitions.</summary>
public sealed class StatisticsTests
{
    [Fact]
    public void Moments_of_inputs_are_means_over_all_tokens()
    {
        TinyModel model = new();
        int[][] windows = TinyModel.Windows(8, 6, 11);
        using CalibrationStatistics statistics = Collect(model, windows);
        WeightStatistics down = statistics.Find("layers.1.mlp.down.weight")!;
        double[] diagonal = new double[down.Columns];
        float[] largest = new float[down.Columns];
        foreach (float[] x in windows.Select(ids => Value(model, ids, "layers.1.mlp.hidden")))
        {
            for (int i = 0; i < x.Length; i++)
            {
                diagonal[i % down.Columns] += (double)x[i] * x[i] / 17;
                largest[i % down.Columns] = MathF.Max(largest[i % down.Columns], MathF.Abs(x[i]));
            }
        }

        Assert.Equal(17, down.Tokens);
        Assert.Equal(largest, down.InputLargest);
        for (int i = 0; i < down.Columns; i++)
        {
            Assert.Equal(diagonal[i], down.InputMoment[(i * down.Columns) + i], 1e-5 * diagonal.Max());
            for (int j = 0; j < i; j++)
            {
                Assert.Equal(down.InputMoment[(i * down.Columns) + j], down.InputMoment[(j * down.Columns) + i]);
            }
        }
    }

    [Fact]
    public void With_many_draws_the_moment_of_logits_is_the_Fisher_information_of_the_predictions()
    {
        TinyModel model = new(3, layers: 1, isTied: false);
        int[][] windows = TinyModel.Windows(8, 6);
        using CalibrationStatistics statistics = Collect(model, windows, new CalibrationOptions { Draws = 4000 });
        WeightStatistics head = statistics.Find("head.weight")!;
        double[] fisher = Fisher(Value(model, windows[0], "logits"));
        double trace = Enumerable.Range(0, TinyModel.Vocabulary).Sum(i => fisher[(i * TinyModel.Vocabulary) + i]);
        for (int i = 0; i < fisher.Length; i++)
        {
            Assert.Equal(fisher[i], head.OutputMoment[i], 0.01 * trace);
        }
    }

    [Fact]
    public void A_small_error_of_the_head_costs_what_the_moments_predict()
    {
        TinyModel model = new(3, layers: 1, isTied: false);
        int[][] windows = TinyModel.Windows(8, 40, 40);
        using CalibrationStatistics statistics = Collect(model, windows, new CalibrationOptions { Draws = 200 });
        WeightStatistics s = statistics.Find("head.weight")!;
        float[] error = new RandomNumbers(4).Floats(s.Rows * s.Columns, 0.01f);
        double predicted = Predicted(s, error);
        float[][] before = [.. windows.Select(ids => Value(model, ids, "logits"))];
        float[] head = model["head.weight"];
        for (int i = 0; i < head.Length; i++)
        {
            head[i] += error[i];
        }

        double kl = windows.Select((ids, w) => Divergence(before[w], Value(model, ids, "logits"))).Sum() / 80;

        // The Kronecker form takes predictions and inputs as independent.
        Assert.InRange(predicted / kl, 0.7, 1.4);
    }

    [Fact]
    public void Shares_are_those_of_the_text_and_lookups_have_a_moment()
    {
        TinyModel model = new();
        int[][] windows = [[3, 3, 5, 3], [5, 0, 0, 28]];
        using CalibrationStatistics statistics = Collect(model, windows);
        WeightStatistics embed = statistics.Find("embed.weight")!;
        Assert.Equal((0.375f, 0.25f, 0.25f, 0.125f), (embed.LookupShares[3], embed.LookupShares[5], embed.LookupShares[0], embed.LookupShares[28]));
        Assert.Equal(1, embed.LookupShares.Sum());
        Assert.Equal(TinyModel.Hidden * TinyModel.Hidden, embed.LookupMoment.Length);
        Assert.True(embed.IsMultiplied);
    }

    [Fact]
    public void An_embedding_that_is_no_head_is_looked_up_only()
    {
        TinyModel model = new(1, layers: 1, isTied: false);
        using CalibrationStatistics statistics = Collect(model, TinyModel.Windows(8, 6));
        WeightStatistics embed = statistics.Find("embed.weight")!;
        Assert.False(embed.IsMultiplied);
        Assert.NotEmpty(embed.LookupMoment);
        Assert.Empty(statistics.Find("head.weight")!.LookupShares);
        Assert.Null(statistics.Find("layers.0.attn.norm.weight"));
        Assert.Null(statistics.Find("nothing"));
    }

    [Fact]
    public void Large_outputs_have_the_diagonal_of_their_moment()
    {
        TinyModel model = new();
        int[][] windows = TinyModel.Windows(8, 6, 9);
        using CalibrationStatistics whole = Collect(model, windows);
        using CalibrationStatistics diagonal = Collect(model, windows, new CalibrationOptions { MaxWholeOutputMoment = 12 });
        WeightStatistics a = whole.Find("layers.0.mlp.up.weight")!, b = diagonal.Find("layers.0.mlp.up.weight")!;
        Assert.True(a.HasWholeOutputMoment);
        Assert.False(b.HasWholeOutputMoment);
        Assert.True(diagonal.Find("layers.0.mlp.down.weight")!.HasWholeOutputMoment);
        for (int i = 0; i < b.Rows; i++)
        {
            Assert.Equal(a.OutputMoment[(i * a.Rows) + i], b.OutputMoment[i], 1e-4 * a.OutputMoment.Max());
        }
    }

    [Fact]
    public void A_dead_feature_has_no_moment()
    {
        TinyModel model = new();
        for (int i = 0; i < TinyModel.Hidden; i++)
        {
            model["layers.0.mlp.up.weight"][(3 * TinyModel.Hidden) + i] = 0;
        }

        using CalibrationStatistics statistics = Collect(model, TinyModel.Windows(8, 6));
        WeightStatistics down = statistics.Find("layers.0.mlp.down.weight")!;
        Assert.All(Enumerable.Range(0, down.Columns), i => Assert.Equal(0, down.InputMoment[(3 * down.Columns) + i]));
        Assert.Equal(0, down.InputLargest[3]);
        Assert.Equal(1, MomentSummary.Of(down.InputMoment, down.Columns).Dead);
    }

    [Fact]
    public void The_rank_of_a_moment_counts_directions()
    {
        Assert.Equal((3.0, 0, 3.0), (Summary([1, 0, 0, 0, 1, 0, 0, 0, 1], 3).Trace, Summary([1, 0, 0, 0, 1, 0, 0, 0, 1], 3).Dead, Summary([1, 0, 0, 0, 1, 0, 0, 0, 1], 3).EffectiveRank));
        Assert.Equal(1, Summary([1, 2, 2, 4], 2).EffectiveRank, 1e-12);
        Assert.True(double.IsNaN(Summary([1, 2], 2).EffectiveRank));
        Assert.True(double.IsNaN(Summary([0, 0, 0, 0], 2).EffectiveRank));
        Assert.Equal(1, Summary([5], 1).EffectiveRank);

        static MomentSummary Summary(float[] moment, int side) => MomentSummary.Of(moment, side);
    }

    private static CalibrationStatistics Collect(TinyModel model, int[][] windows, CalibrationOptions? options = null) =>
        CalibrationRun.Collect(model.Graph, model, windows, options ?? new CalibrationOptions(), null, TestContext.Current.CancellationToken);

    private static float[] Value(TinyModel model, int[] ids, string name)
    {
        WindowState window = new(model.Graph, ids);
        new DifferentiableGraph(model.Graph, w => model[w.Name], threads: 1).Forward(window, 0, model.Graph.Nodes.Count);
        int node = Enumerable.Range(0, model.Graph.Nodes.Count).Single(i => model.Graph.Nodes[i].Name == name);
        return window.Values[model.Graph.ValueOfNode(node).Index]!;
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> logits)
    {
        double[] row = [.. logits.ToArray().Select(l => (double)l)];
        double normalizer = row.Max() + Math.Log(row.Sum(l => Math.Exp(l - row.Max())));
        return [.. row.Select(l => l - normalizer)];
    }

    // Mean of diag(p) - p·pᵀ.
    private static double[] Fisher(float[] logits)
    {
        const int v = TinyModel.Vocabulary;
        double[] fisher = new double[v * v];
        for (int t = 0; t < logits.Length; t += v)
        {
            double[] p = [.. LogSoftmax(logits.AsSpan(t, v)).Select(Math.Exp)];
            for (int i = 0; i < v * v; i++)
            {
                fisher[i] += ((i / v == i % v ? p[i / v] : 0) - (p[i / v] * p[i % v])) * v / logits.Length;
            }
        }

        return fisher;
    }

    private static double Divergence(float[] a, float[] b)
    {
        double sum = 0;
        for (int t = 0; t < a.Length; t += TinyModel.Vocabulary)
        {
            double[] p = LogSoftmax(a.AsSpan(t, TinyModel.Vocabulary)), q = LogSoftmax(b.AsSpan(t, TinyModel.Vocabulary));
            sum += p.Zip(q, (x, y) => Math.Exp(x) * (x - y)).Sum();
        }

        return sum;
    }

    // ½ · tr(G · E · A · Eᵀ)
    private static double Predicted(WeightStatistics s, float[] error)
    {
        double sum = 0;
        for (int n = 0; n < s.Rows; n++)
        {
            for (int m = 0; m < s.Rows; m++)
            {
                double inner = 0;
                for (int k = 0; k < s.Columns; k++)
                {
                    for (int l = 0; l < s.Columns; l++)
                    {
                        inner += (double)error[(m * s.Columns) + k] * s.InputMoment[(k * s.Columns) + l] * error[(n * s.Columns) + l];
                    }
                }

                sum += inner * s.OutputMoment[(n * s.Rows) + m];
            }
        }

        return sum / 2;
    }
}
