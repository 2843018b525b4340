using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Reference;

namespace Flightc.Tests;

public sealed class FloatExecutorTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 75).Select(i => 1 + i * 37 % 1000)];

    [Fact]
    public void Chunks_and_threads_change_no_bit()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        FloatExecutor alone = new(model.Graph, model.Weights, threads: 1);
        FloatExecutor together = new(model.Graph, model.Weights, threads: 4);
        Recorder whole = new(), cut = new();

        float[][] expected = alone.Run(alone.NewSequence(), Ids, whole);
        FloatSequence sequence = together.NewSequence();
        float[][] actual =
        [
            .. together.Run(sequence, Ids.AsSpan(0, 1), cut), .. together.Run(sequence, Ids.AsSpan(1, 64), cut),
            .. together.Run(sequence, Ids.AsSpan(65), cut),
        ];

        Assert.Equal(expected, actual);
        Assert.Equal(Ids.Length, sequence.Position);
        Assert.Equal(model.Graph.Nodes.Select(n => n.Name), whole.Names);
        Assert.All(whole.Names, name => Assert.Equal(whole.ValuesOf(name), cut.ValuesOf(name)));

        sequence.Reset();
        Assert.Equal(expected[..3], together.Run(sequence, Ids.AsSpan(0, 3)));
    }

    [Fact]
    public void Operators_compute_their_formulas()
    {
        Graph graph = GraphText.Parse("""
            graph "all" context=8
            input ids: i32[T]
            weight table: f32[3,4]
            weight norm: f32[4]
            weight w: f32[4,4]
            x: f32[T,4] = embedding ids, table
            n: f32[T,4] = rms_norm x, norm {epsilon=0.5}
            l: f32[T,4] = linear n, w
            r: f32[T,4] = rotary_embedding l {head_dim=2, theta=10000}
            a: f32[T,4] = attention r, r, l {heads=2, kv_heads=2, head_dim=2}
            s: f32[T,4] = silu a
            m: f32[T,4] = mul s, l
            g: f32[T,4] = swiglu a, l
            p: f32[T,4] = add g, x
            q: f32[T,4] = linear_add p, w, m
            return q
            """, "all");
        Recorder recorder = new();
        FloatExecutor executor = new(graph, new Ramp());

        executor.Run(executor.NewSequence(), [2, 0], recorder);

        Dictionary<string, double[]> v = recorder.Names.ToDictionary(n => n, n => recorder.ValuesOf(n).Select(f => (double)f).ToArray());
        Assert.Equal([0.8, 0.9, 1.0, 1.1, 0, 0.1, 0.2, 0.3], v["x"], (a, b) => Math.Abs(a - b) < 1e-6);
        double root = Math.Sqrt((0.64 + 0.81 + 1 + 1.21) / 4 + 0.5);
        Near(0.9 * 0.1 / root, v["n"][1]);
        Near(Enumerable.Range(0, 4).Sum(k => v["n"][k] * (4 + k) / 10), v["l"][1]);
        Near(v["l"][0], v["r"][0]);
        (double cos, double sin) = (0.5403023058681398, 0.8414709848078965);
        Near(v["l"][4] * cos - v["l"][5] * sin, v["r"][4]);
        Near(v["l"][5] * cos + v["l"][4] * sin, v["r"][5]);
        double scoreOld = (v["r"][4] * v["r"][0] + v["r"][5] * v["r"][1]) / Math.Sqrt(2);
        double scoreNew = (v["r"][4] * v["r"][4] + v["r"][5] * v["r"][5]) / Math.Sqrt(2);
        double share = 1 / (1 + Math.Exp(scoreNew - scoreOld));
        Near(v["l"][0], v["a"][0]);
        Near(share * v["l"][0] + (1 - share) * v["l"][4], v["a"][4]);
        Near(v["a"][4] / (1 + Math.Exp(-v["a"][4])), v["s"][4]);
        Near(v["s"][5] * v["l"][5], v["m"][5]);
        Assert.Equal(v["m"], v["g"]);
        Near(v["g"][6] + v["x"][6], v["p"][6]);
        Near(v["m"][7] + Enumerable.Range(0, 4).Sum(k => v["p"][4 + k] * (12 + k) / 10), v["q"][7]);
    }

    [Fact]
    public void Tokens_outside_vocabulary_or_context_are_refused_before_anything_is_executed()
    {
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        FloatExecutor executor = new(model.Graph, model.Weights);
        FloatSequence sequence = executor.NewSequence();
        executor.Run(sequence, [1, 2]);

        Assert.Equal(Codes.TokenOutOfRange, Refusal([1024]));
        Assert.Equal(Codes.TokenOutOfRange, Refusal([3, -1]));
        Assert.Equal(Codes.ContextExceeded, Refusal(new int[511]));
        Assert.Equal(2, sequence.Position);

        string Refusal(int[] ids) => Assert.Throws<CompilationException>(() => executor.Run(sequence, ids)).Diagnostics[0].Code;
    }

    [Fact]
    public void A_logit_that_is_not_finite_ends_the_run()
    {
        Graph graph = GraphText.Parse("""
            graph "overflow" context=8
            input ids: i32[T]
            weight table: f32[1,1]
            x: f32[T,1] = embedding ids, table
            y: f32[T,1] = mul x, x
            return y
            """, "overflow");
        FloatExecutor executor = new(graph, new Ramp(first: 1e30f));

        CompilationException error = Assert.Throws<CompilationException>(() => executor.Run(executor.NewSequence(), [0]));

        Assert.Equal(Codes.ResultNotFinite, error.Diagnostics[0].Code);
    }

    [Fact]
    public void A_quantised_graph_is_refused()
    {
        Graph graph = GraphText.Parse("""
            graph "codes" context=8
            input ids: i32[T]
            weight table: f32[1,64] 4g64
            weight w: f32[64,64] 4g64
            x: f32[T,64] = embedding ids, table
            y: i8t[T,64] = quantize x
            z: f32[T,64] = linear y, w
            return z
            """, "codes");

        CompilationException error = Assert.Throws<CompilationException>(() => new FloatExecutor(graph, new Ramp()));

        Assert.Contains("a float graph is wanted; this is i8t[T,64], a result of quantize", error.Message, StringComparison.Ordinal);
    }

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, 1e-6);

    // Element i of every weight is first + i/10.
    private sealed class Ramp(float first = 0) : IWeights
    {
        public bool HasData => true;

        public void Read(string name, long start, Span<float> destination)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = first + (start + i) / 10f;
            }
        }

        public string HashOf(string name) => "";
    }
}
