using Flightc.IR;
using Flightc.Numerics;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>Every operator of docs/numerics.md §3 on numbers that can be followed by hand.</summary>
public sealed class QuantizedOperatorTests
{
    private const float C = (float)(16777216.0 / 16383.0);

    [Fact]
    public void Embedding_multiplies_scale_multiplier_and_code()
    {
        GraphUnderTest graph = new();
        ValueId table = graph.Matrix("table", new QuantizedFormat(4, 32), 0.5f, 3, [-2, 5], [7, -8]);
        ValueId x = graph.Node("x", new Embedding(), graph.Ids(), table);

        Assert.Equal([[10.5f, -12], [-3, 7.5f]], graph.Run(x, 1, 0));
    }

    [Fact]
    public void An_embedding_can_have_a_scale()
    {
        GraphUnderTest graph = new();
        ValueId table = graph.Matrix("table", new QuantizedFormat(4, 32), 0.5f, 3, [-2, 5]);
        Assert.Equal([[-24f, 60]], graph.Run(graph.Node("x", new Embedding(8), graph.Ids(), table), 0));
    }

    [Fact]
    public void Positions_are_added_from_their_offset_on()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [1, 2], [3, 4]);
        ValueId y = graph.Node("y", new AddPositions(1), x, graph.Table("p", 2, 9, 9, 0.5f, 1, 2, 4));
        Assert.Equal([[3.5f, 5], [3, 6]], graph.Run(y, 1, 0));
    }

    [Fact]
    public void A_layer_norm_takes_the_mean_off_before_it_scales()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [1, 3, 1, 3], [100, 102, 100, 102], [7, 7, 7, 7]);
        ValueId y = graph.Node("y", new LayerNorm(3), x, graph.Norm("w", 1, 2, 3, 4), graph.Norm("b", 0, 0.5f, 0, 0));

        // μ = 2, differences ±1, √(1 + 3) = 2.
        Assert.Equal([[-0.5f, 1.5f, -1.5f, 2], [-0.5f, 1.5f, -1.5f, 2], [0, 0.5f, 0, 0]], graph.Run(y, 0, 1, 2));
    }

    [Fact]
    public void A_norm_of_heads_treats_each_by_itself()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [3, 3, -1, 1]);
        Assert.Equal([[2f, 4, -2, 4]], graph.Run(graph.Node("y", new RmsNorm(0, 2), x, graph.Norm("w", 2, 4)), 0));
    }

    [Fact]
    public void A_bias_is_added_behind_the_residual()
    {
        // 2^24 + 1 is no binary32: the residual swallows the product before the bias comes.
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [127]);
        ValueId r = graph.Embed("r", 16777216, [1]);
        ValueId w = graph.Matrix("w", new QuantizedFormat(8, 32), 1f / 127, 1, [1]);
        ValueId y = graph.Node("y", new Linear(HasResidual: true, HasBias: true), graph.Node("q", new Quantize(), x), w, graph.Norm("b", 1), r);
        Assert.Equal([[16777216f]], graph.Run(y, 0));
    }

    [Fact]
    public void Elements_beyond_the_turned_ones_stay()
    {
        float[] row = new float[2];
        RotaryTable.Fill(new RotaryAngles(10000, 2, [4], 2), 1, 1, row);
        // Twice cosine and sine of 1/4.
        Assert.Equal([1.9378248434f, 0.4948079185f], row);
        Assert.Equal(
            [(3 * row[0]) - (5 * row[1]), (5 * row[0]) + (3 * row[1]), 7, 9], QuantizedOperators.Rotate([3, 5, 7, 9], 4, row));
    }

    [Fact]
    public void A_window_hides_older_keys_and_a_cap_flattens_scores()
    {
        // The second token sees itself alone; without the window both keys count.
        float[][] narrow = Attend(new Attention(1, 1, 2, Window: 1), [[10, 20], [10, 20]], [[1, 2], [1, 2]], [[127, 0], [0, -127]]);
        Assert.Equal([0, -127f], narrow[1], (a, b) => Math.Abs(a - b) < 1e-3);
        float[][] sharp = Attend(new Attention(1, 1, 2), [[10, 0], [127, 0]], [[1, 0], [127, 0]], [[127, 0], [0, 127]]);
        float[][] capped = Attend(new Attention(1, 1, 2, Cap: 0.001f), [[10, 0], [127, 0]], [[1, 0], [127, 0]], [[127, 0], [0, 127]]);
        Assert.Equal([0, 127f], sharp[1], (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal([63.5f, 63.5f], capped[1], (a, b) => Math.Abs(a - b) < 0.1);
    }

    [Fact]
    public void Quantize_scales_to_127_and_rounds_half_to_even()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [1, 2, -4], [127, -64, 3]);
        graph.Node("q", new Quantize(), x);
        graph.Run(x, 0, 1);

        // 127 / 4 = 31.75: 31.75, 63.5, -127.
        Assert.Equal([32, 64, -127], graph.Seen.Codes[("q", 0)].Codes);
        Assert.Equal([4f / 127f], graph.Seen.Codes[("q", 0)].Scales);
        Assert.Equal([127, -64, 3], graph.Seen.Codes[("q", 1)].Codes);
        Assert.Equal([1f], graph.Seen.Codes[("q", 1)].Scales);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-40f)]
    [InlineData(3.9443e-31f)]
    public void Vectors_below_the_threshold_quantise_to_zeros(float scale)
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", scale, [1, -1]);
        graph.Node("q", new Quantize(), x);
        graph.Node("n", new RmsNormQuantize(1e-5f), x, graph.Norm("w", 1, 1));
        graph.Node("h", new QuantizeHeads(2, HeadForm.Query), x);
        graph.Node("k", new QuantizeHeads(2, HeadForm.Cache), x);
        graph.Run(x, 0);

        foreach (string name in new[] { "q", "n", "h", "k" })
        {
            Assert.Equal([0, 0], graph.Seen.Codes[(name, 0)].Codes);
            Assert.Equal([0f], graph.Seen.Codes[(name, 0)].Scales);
        }
    }

    [Fact]
    public void The_threshold_itself_quantises_to_full_codes()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", MathF.ScaleB(1, -100), [1, -1]);
        graph.Node("q", new Quantize(), x);
        graph.Node("k", new QuantizeHeads(2, HeadForm.Cache), x);
        graph.Run(x, 0);

        Assert.Equal([127, -127], graph.Seen.Codes[("q", 0)].Codes);
        Assert.Equal([MathF.ScaleB(1, -100) / 127], graph.Seen.Codes[("q", 0)].Scales);
        // A binary16 scale cannot be that small.
        Assert.Equal([0, 0], graph.Seen.Codes[("k", 0)].Codes);
        Assert.Equal([0f], graph.Seen.Codes[("k", 0)].Scales);
    }

    [Theory]
    [InlineData(HeadForm.Values4, new sbyte[] { 14, -7, 3, 1 }, new sbyte[] { 7, -4, 2, 0 }, 2f)] // 3.5, 1.5 and 0.5 half to even
    [InlineData(HeadForm.Values4, new sbyte[] { -14, 7, 0, 0 }, new sbyte[] { -7, 4, 0, 0 }, 2f)]
    [InlineData(HeadForm.Keys4, new sbyte[] { -16, 16, 15, 4 }, new sbyte[] { -8, 7, 7, 2 }, 2f)] // where both are there, the negative one is whole
    [InlineData(HeadForm.Keys4, new sbyte[] { 16, -15, 8, 4 }, new sbyte[] { -8, 7, -4, -2 }, -2f)]
    [InlineData(HeadForm.Keys4, new sbyte[] { 0, 0, 0, 0 }, new sbyte[] { 0, 0, 0, 0 }, 0f)]
    public void The_narrow_forms_of_the_cache_use_the_range_of_four_bits(HeadForm form, sbyte[] row, sbyte[] codes, float scale)
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, row);
        graph.Node("k", new QuantizeHeads(4, form), x);
        graph.Run(x, 0);

        Assert.Equal(codes, graph.Seen.Codes[("k", 0)].Codes);
        Assert.Equal([scale], graph.Seen.Codes[("k", 0)].Scales);
    }

    [Fact]
    public void RmsNormQuantize_takes_codes_from_the_weighted_values_and_the_norm_into_the_scale()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [3, 4]);
        graph.Node("n", new RmsNormQuantize(3.5f), x, graph.Norm("w", 2, 1));
        graph.Run(x, 0);

        // t = 6, 4; 127 / 6 · 4 = 84.67; mean square 12.5, and 12.5 + 3.5 = 4².
        Assert.Equal([127, 85], graph.Seen.Codes[("n", 0)].Codes);
        Assert.Equal([(6f / 127f) * 0.25f], graph.Seen.Codes[("n", 0)].Scales);
    }

    [Theory]
    [InlineData(false, 0f)]
    [InlineData(true, 100f)]
    public void Linear_weighs_group_sums_and_adds_the_residual_last(bool hasResidual, float residual)
    {
        GraphUnderTest graph = new();
        sbyte[] row = [.. Enumerable.Range(1, 34).Select(i => (sbyte)i)];
        row[5] = -127;
        ValueId x = graph.Embed("x", 1, row);
        ValueId q = graph.Node("q", new Quantize(), x);
        ValueId w = graph.Matrix("w", new QuantizedMatrix(
            2, 34, new QuantizedFormat(4, 32),
            [.. Enumerable.Repeat((sbyte)1, 32), -2, 3, .. Enumerable.Repeat((sbyte)0, 33), -8], [3, 5, 63, 2], [0.5f, 0.25f]));
        ValueId r = graph.Embed("r", 1, [100, 100]);
        ValueId y = hasResidual ? graph.Node("y", new Linear(true), q, w, r) : graph.Node("y", new Linear(), q, w);

        // Group 0: 1 + … + 32 with -127 for 6 is 395, times 3. Group 1: (-2·33 + 3·34) · 5 = 180. Second row: -8·34·2.
        Assert.Equal([[residual + 0.5f * 1365, residual + 0.25f * -544]], graph.Run(y, 0));
    }

    [Fact]
    public void RotaryQuantize_turns_pairs_of_halves_by_the_position()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [100, 1, 50, 2]);
        graph.Node("q", new RotaryQuantize(4, 10000, HeadForm.Query), x);
        graph.Run(x, 0, 0);

        Assert.Equal([127, 1, 64, 3], graph.Seen.Codes[("q", 0)].Codes);
        Assert.Equal([100f / 127f], graph.Seen.Codes[("q", 0)].Scales);

        // Position 1 turns (100, 50) by 1 rad and (1, 2) by 0.01 rad: 11.957, 0.980, 111.162, 2.0099.
        Assert.Equal([14, 1, 127, 2], graph.Seen.Codes[("q", 1)].Codes);
        float[] row = new float[4];
        RotaryTable.Fill(10000, 4, 1, 1, row);
        Assert.Equal([((50 * row[0]) + (100 * row[2])) / 127], graph.Seen.Codes[("q", 1)].Scales);
    }

    [Fact]
    public void QuantizeHeads_gives_every_head_its_scale()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [1, -2, 100, 50]);
        graph.Node("h", new QuantizeHeads(2, HeadForm.Query), x);
        graph.Node("k", new QuantizeHeads(2, HeadForm.Cache), x);
        graph.Run(x, 0);

        Assert.Equal([64, -127, 127, 64], graph.Seen.Codes[("h", 0)].Codes);
        Assert.Equal([2f / 127f, 100f / 127f], graph.Seen.Codes[("h", 0)].Scales);
        // As binary16: 2/127 = 0.0157480 -> 0.01574707 (1/63.5037), 100/127 = 0.7874016 -> 0.78759766.
        Assert.Equal([64, -127, 127, 63], graph.Seen.Codes[("k", 0)].Codes);
        Assert.Equal([0.01574707f, 0.78759766f], graph.Seen.Codes[("k", 0)].Scales);
    }

    [Fact]
    public void SwiGlu_gates_element_by_element()
    {
        GraphUnderTest graph = new();
        ValueId gate = graph.Embed("gate", 1, [0, 1, -1]);
        ValueId up = graph.Embed("up", 1, [5, 2, 3]);
        float[] y = graph.Run(graph.Node("y", new GatedActivation(ActivationFunction.Silu), gate, up), 0)[0];

        Assert.Equal(0, y[0]);
        Assert.Equal(2 / (1 + Math.Exp(-1)), y[1], 1e-6);
        Assert.Equal(-3 / (1 + Math.Exp(1)), y[2], 1e-6);
    }

    [Fact]
    public void Attention_to_one_key_returns_its_value()
    {
        float[] y = Attend(new Attention(1, 1, 2), [[10, 20]], [[1, 2]], [[127, -63]])[0];

        // v scale 1: P = 16383, o = f32(16383 · v) × (C ÷ 2^24).
        Assert.Equal([(16383f * 127) * (C / 16777216f), (16383f * -63) * (C / 16777216f)], y);
        Assert.Equal(127, y[0], 1e-4);
    }

    [Fact]
    public void Attention_to_equal_keys_averages_values()
    {
        float[][] y = Attend(
            new Attention(1, 1, 2), [[10, 20], [10, 20]], [[1, 2], [1, 2]], [[127, 0], [0, -127]]);

        Assert.Equal(63.5, y[1][0], 1e-3);
        Assert.Equal(-63.5, y[1][1], 1e-3);
    }

    [Fact]
    public void Attention_to_values_of_nothing_is_zero() =>
        Assert.Equal([[0f, 0f]], Attend(new Attention(1, 1, 2), [[10, 20]], [[1, 2]], [[0, 0]]));

    [Fact]
    public void Query_heads_share_key_and_value_heads_in_order()
    {
        // Four query heads of two elements over two heads of values: heads 0 and 1 see the first.
        float[] y = Attend(
            new Attention(4, 2, 2), [[1, 2, 3, 4, 5, 6, 7, 8]], [[9, 8, 7, 6]], [[127, 50, -127, 20]])[0];

        double[] expected = [127, 50, 127, 50, -127, 20, -127, 20];
        for (int i = 0; i < y.Length; i++)
        {
            Assert.Equal(expected[i], y[i], 1e-3);
        }
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(4, 2)]
    [InlineData(6, 1)]
    public void Attention_is_a_softmax_within_the_resolution_of_its_integers(int heads, int kvHeads)
    {
        const int HeadDim = 8, Tokens = 12;
        Random random = new(heads * 10 + kvHeads);
        sbyte[][] q = Rows(heads), k = Rows(kvHeads), v = Rows(kvHeads);
        float[][] y = Attend(new Attention(heads, kvHeads, HeadDim), q, k, v, queryScale: 0.02f, keyScale: 0.02f);
        for (int t = 0; t < Tokens; t++)
        {
            for (int i = 0; i < heads * HeadDim; i++)
            {
                int head = i / HeadDim, kv = head * kvHeads / heads;
                double numerator = 0, denominator = 0;
                for (int s = 0; s <= t; s++)
                {
                    double score = 0;
                    for (int j = 0; j < HeadDim; j++)
                    {
                        score += q[t][(head * HeadDim) + j] * k[s][(kv * HeadDim) + j] * 0.0004;
                    }

                    double e = Math.Exp(score / Math.Sqrt(HeadDim));
                    numerator += e * v[s][(kv * HeadDim) + (i % HeadDim)];
                    denominator += e;
                }

                // Half a unit of 1/16383 for every key, times |v| ≤ 127; 0.5 % for scales of binary16 on rounded codes.
                Assert.Equal(numerator / denominator, y[t][i], 127.0 * 0.01);
            }
        }

        sbyte[][] Rows(int n) =>
            [.. Enumerable.Range(0, Tokens).Select(_ => Enumerable.Range(0, n * HeadDim)
                .Select(i => (sbyte)(i % HeadDim == 0 ? 127 : random.Next(-127, 128))).ToArray())];
    }

    /// <summary>Attention over rows of codes, one per token.</summary>
    private static float[][] Attend(
        Attention op, sbyte[][] q, sbyte[][] k, sbyte[][] v, float queryScale = 1, float keyScale = 1)
    {
        GraphUnderTest graph = new();
        ValueId queries = graph.Node(
            "q", new QuantizeHeads(op.HeadDim, HeadForm.Query), graph.Embed("eq", queryScale, q));
        ValueId keys = graph.Node("k", new QuantizeHeads(op.HeadDim, HeadForm.Cache), graph.Embed("ek", keyScale, k));
        ValueId values = graph.Node("v", new QuantizeHeads(op.HeadDim, HeadForm.Cache), graph.Embed("ev", 1, v));
        return graph.Run(graph.Node("y", op, queries, keys, values), [.. Enumerable.Range(0, q.Length)]);
    }
}
