using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Reference;

namespace Flightc.Tests;

public sealed class QuantizedInterpreterTests
{
    private const int Hidden = 64, Vocabulary = 50, Context = 40;

    [Fact]
    public void A_prompt_can_be_cut_anywhere()
    {
        (GraphUnderTest graph, ValueId logits) = RandomModel(1);
        int[] ids = [.. Enumerable.Range(0, Context).Select(i => i * 7 % Vocabulary)];
        QuantizedInterpreter interpreter = graph.Interpret(logits);
        float[][] whole = interpreter.Run(ids, graph.Seen);
        foreach (int[] cuts in new[] { new[] { 1, 39 }, [13, 13, 14], [.. Enumerable.Repeat(1, Context)] })
        {
            RecordingObserver seen = new();
            interpreter.Reset();
            List<float[]> rows = [];
            foreach (int length in cuts)
            {
                rows.AddRange(interpreter.Run(ids.AsSpan(rows.Count, length), seen));
            }

            Assert.Equal(whole, rows);
            Assert.Equal(graph.Seen.Values, seen.Values);
            Assert.Equal(graph.Seen.Codes.Keys, seen.Codes.Keys);
            Assert.All(seen.Codes, c => Assert.Equal(graph.Seen.Codes[c.Key].Codes, c.Value.Codes));
            Assert.All(seen.Codes, c => Assert.Equal(graph.Seen.Codes[c.Key].Scales, c.Value.Scales));
        }
    }

    [Fact]
    public void Tokens_see_those_before_and_none_after()
    {
        (GraphUnderTest graph, ValueId logits) = RandomModel(2);
        QuantizedInterpreter interpreter = graph.Interpret(logits);
        float[][] first = interpreter.Run([1, 2, 3, 4]);
        interpreter.Reset();
        float[][] second = interpreter.Run([1, 2, 9, 4]);

        Assert.Equal(first[..2], second[..2]);
        Assert.NotEqual(first[2], second[2]);
        Assert.NotEqual(first[3], second[3]);
    }

    [Fact]
    public void Only_the_last_logits_come_when_only_they_are_wanted()
    {
        (GraphUnderTest graph, ValueId logits) = RandomModel(3);
        QuantizedInterpreter interpreter = graph.Interpret(logits);
        float[][] all = interpreter.Run([5, 6, 7]);
        interpreter.Reset();
        float[][] last = interpreter.Run([5, 6, 7], allLogits: false);

        Assert.Equal(3, all.Length);
        Assert.Equal([all[2]], last);
        Assert.Equal(3, interpreter.Position);
        Assert.Empty(interpreter.Run([]));
    }

    [Fact]
    public void Every_node_is_observed_at_its_position()
    {
        (GraphUnderTest graph, ValueId logits) = RandomModel(4);
        QuantizedInterpreter interpreter = graph.Interpret(logits);
        interpreter.Run([1, 2, 3]);
        interpreter.Run([4], graph.Seen);

        string[] layer =
            ["attn", "attn.q8", "down", "down8", "gate", "h", "h8", "k", "k8", "out", "q", "q8", "up", "v", "v8", "x8"];
        Assert.Equal(
            [.. layer.Select(n => "0." + n), .. layer.Select(n => "1." + n), "embed", "final8", "logits"],
            graph.Seen.Values.Keys.Concat(graph.Seen.Codes.Keys).Select(k => k.Name).Order(StringComparer.Ordinal));
        Assert.All(graph.Seen.Values.Keys.Concat(graph.Seen.Codes.Keys), k => Assert.Equal(3, k.Token));
        Assert.Equal(2, graph.Seen.Codes[("0.k8", 3)].Scales.Length);
        Assert.All(graph.Seen.Codes[("0.k8", 3)].Scales, s => Assert.Equal(s, (float)(Half)s));
    }

    [Fact]
    public void More_tokens_than_the_context_holds_are_refused_before_anything_runs()
    {
        (GraphUnderTest graph, ValueId logits) = RandomModel(5);
        QuantizedInterpreter interpreter = graph.Interpret(logits);
        interpreter.Run(new int[Context - 1]);
        CompilationException error = Assert.Throws<CompilationException>(() => interpreter.Run([1, 2]));

        Assert.Equal(Codes.ContextExceeded, error.Diagnostics[0].Code);
        Assert.Equal(Context - 1, interpreter.Position);
        Assert.Single(interpreter.Run([1]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Vocabulary)]
    public void Ids_outside_the_vocabulary_are_refused_before_anything_runs(int id)
    {
        (GraphUnderTest graph, ValueId logits) = RandomModel(6);
        QuantizedInterpreter interpreter = graph.Interpret(logits);
        CompilationException error = Assert.Throws<CompilationException>(() => interpreter.Run([1, id]));

        Assert.Equal(Codes.TokenOutOfRange, error.Diagnostics[0].Code);
        Assert.Equal(0, interpreter.Position);
    }

    [Fact]
    public void A_logit_that_is_not_finite_ends_the_run()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Node(
            "x", new Embedding(), graph.Ids(), graph.Matrix("table", new QuantizedFormat(8, 32), 3e38f, 2, [1, 0]));
        CompilationException error = Assert.Throws<CompilationException>(() => graph.Run(x, 0));

        Assert.Equal(Codes.ResultNotFinite, error.Diagnostics[0].Code);
    }

    [Fact]
    public void Operators_on_floats_that_have_no_place_in_it_are_refused()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [1, 2, 3, 4]);
        Func<ValueId>[] nodes =
        [
            () => graph.Node("bad", new Linear(), x, graph.Matrix("m", new QuantizedFormat(8, 32), 1, 1, [1, 2, 3, 4])),
            () => graph.Node("bad", new RotaryEmbedding(4, 10000), x),
            () => graph.Node("bad", new Attention(1, 1, 4), x, x, x),
            () => graph.Node("bad", new Mul(), x, x),
        ];
        for (int i = 0; i < nodes.Length; i++)
        {
            graph = new();
            x = graph.Embed("x", 1, [1, 2, 3, 4]);
            ValueId bad = nodes[i]();
            CompilationException error = Assert.Throws<CompilationException>(() => graph.Interpret(bad));
            Assert.Equal((Codes.GraphInvalid, "bad"), (error.Diagnostics[0].Code, error.Diagnostics[0].Location));
        }
    }

    [Fact]
    public void A_matrix_that_is_not_the_one_described_is_refused()
    {
        GraphUnderTest graph = new();
        ValueId x = graph.Embed("x", 1, [1, 2]);
        graph.Weights.Matrices["x.weight"] = new QuantizedMatrix(1, 2, new QuantizedFormat(4, 32), [1, 2], [1], [1]);

        Assert.Equal(
            Codes.GraphInvalid, Assert.Throws<CompilationException>(() => graph.Interpret(x)).Diagnostics[0].Code);
    }

    /// <summary>Two layers, four query heads over two, tied table.</summary>
    private static (GraphUnderTest Graph, ValueId Logits) RandomModel(int seed)
    {
        const int HeadDim = 16, Ffn = 96;
        Random random = new(seed);
        GraphUnderTest g = new(Context);
        ValueId table = RandomMatrix("embed.weight", Vocabulary, Hidden);
        ValueId x = g.Node("embed", new Embedding(), g.Ids(), table);
        for (int layer = 0; layer < 2; layer++)
        {
            string p = $"{layer}.";
            ValueId n = g.Node(p + "x8", new RmsNormQuantize(1e-5f), x, RandomNorm(p + "norm1"));
            ValueId q = g.Node(p + "q", new Linear(), n, RandomMatrix(p + "wq", Hidden, Hidden));
            ValueId k = g.Node(p + "k", new Linear(), n, RandomMatrix(p + "wk", Hidden / 2, Hidden));
            ValueId v = g.Node(p + "v", new Linear(), n, RandomMatrix(p + "wv", Hidden / 2, Hidden));
            ValueId q8 = g.Node(p + "q8", new RotaryQuantize(HeadDim, 10000, HeadForm.Query), q);
            ValueId k8 = g.Node(p + "k8", new RotaryQuantize(HeadDim, 10000, HeadForm.Cache), k);
            ValueId v8 = g.Node(p + "v8", new QuantizeHeads(HeadDim, HeadForm.Cache), v);
            ValueId a = g.Node(p + "attn", new Attention(4, 2, HeadDim), q8, k8, v8);
            ValueId a8 = g.Node(p + "attn.q8", new Quantize(), a);
            x = g.Node(p + "out", new Linear(true), a8, RandomMatrix(p + "wo", Hidden, Hidden), x);
            ValueId m = g.Node(p + "h8", new RmsNormQuantize(1e-5f), x, RandomNorm(p + "norm2"));
            ValueId gate = g.Node(p + "gate", new Linear(), m, RandomMatrix(p + "wg", Ffn, Hidden));
            ValueId up = g.Node(p + "up", new Linear(), m, RandomMatrix(p + "wu", Ffn, Hidden));
            ValueId h = g.Node(p + "h", new GatedActivation(ActivationFunction.Silu), gate, up);
            ValueId down8 = g.Node(p + "down8", new Quantize(), h);
            x = g.Node(p + "down", new Linear(true), down8, RandomMatrix(p + "wd", Hidden, Ffn), x);
        }

        ValueId final = g.Node("final8", new RmsNormQuantize(1e-5f), x, RandomNorm("norm"));
        return (g, g.Node("logits", new Linear(), final, table));

        ValueId RandomMatrix(string name, int rows, int columns)
        {
            QuantizedFormat format = new(random.Next(2, 9), 32 << random.Next(3));
            int half = 1 << (format.Bits - 1);
            return g.Matrix(name, new QuantizedMatrix(
                rows, columns, format, Fill(rows * columns, () => (sbyte)random.Next(-half, half)),
                Fill(rows * format.GroupsIn(columns), () => (byte)random.Next(64)),
                Fill(rows, () => random.NextSingle() / (half * 32 * 8))));
        }

        ValueId RandomNorm(string name) => g.Norm(name, Fill(Hidden, () => random.NextSingle() + 0.5f));

        static T[] Fill<T>(int count, Func<T> next) => [.. Enumerable.Range(0, count).Select(_ => next())];
    }
}
