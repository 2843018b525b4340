using System.Text.RegularExpressions;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Reference;

namespace Flightc.Tests;

public sealed partial class PipelineTests
{
    private static readonly PassContext Quantised = new() { FormatOf = w => new QuantizedFormat(w.Name == "embed.weight" ? 8 : 4, 64) };

    [Fact]
    public void The_order_of_the_passes_keeps_every_constraint()
    {
        List<string> names = [.. Pipeline.Names];
        Assert.NotEmpty(Pipeline.Constraints);
        Assert.All(Pipeline.Constraints, c =>
        {
            Assert.Contains(c.Before, names);
            Assert.Contains(c.After, names);
            Assert.True(names.IndexOf(c.Before) < names.IndexOf(c.After), $"{c.Before} goes before {c.After}: {c.Because}");
        });
    }

    [Fact]
    public void A_pass_is_called_as_its_class_in_kebab_case()
    {
        Assert.All(Pipeline.Graph, pass =>
            Assert.Equal(Capital().Replace(pass.GetType().Name, "-$0").TrimStart('-').ToLowerInvariant().Replace("swi-glu", "swiglu", StringComparison.Ordinal), pass.Name));
        Assert.Equal(
            typeof(Pipeline).Assembly.GetTypes().Where(t => t.IsClass && typeof(IGraphPass).IsAssignableFrom(t)).Select(t => t.Name).Order(StringComparer.Ordinal),
            Pipeline.Graph.Select(p => p.GetType().Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_sample_model_becomes_the_quantised_graph()
    {
        using HuggingFaceCheckpoint checkpoint = OpenStories();

        Graph graph = Pipeline.Run(ModelImporter.Import(checkpoint, hash: false).Graph, Quantised, new PassObserver());

        string[] layer =
        [
            "L.attn.norm: i8t[T,256] = rms_norm_quantize",
            "L.attn.q: f32[T,256] = linear",
            "L.attn.k: f32[T,128] = linear",
            "L.attn.v: f32[T,128] = linear",
            "L.attn.q.rotary: i8h[T,256] = rotary_quantize",
            "L.attn.k.rotary: i8k[T,128] = rotary_quantize",
            "L.attn.v.cache: i8k[T,128] = quantize_heads",
            "L.attn.out: f32[T,256] = attention",
            "L.attn.out.codes: i8t[T,256] = quantize",
            "L.attn.residual: f32[T,256] = linear_add",
            "L.mlp.norm: i8t[T,256] = rms_norm_quantize",
            "L.mlp.gate: f32[T,512] = linear",
            "L.mlp.up: f32[T,512] = linear",
            "L.mlp.hidden: f32[T,512] = swiglu",
            "L.mlp.hidden.codes: i8t[T,512] = quantize",
            "L.mlp.residual: f32[T,256] = linear_add",
        ];
        string[] expected =
        [
            "embed: f32[T,256] = embedding",
            .. Enumerable.Range(0, 4).SelectMany(i => layer.Select(l => l.Replace("L.", $"layers.{i}.", StringComparison.Ordinal))),
            "norm: i8t[T,256] = rms_norm_quantize",
            "logits: f32[T,1024] = linear",
        ];
        Assert.Equal(expected, graph.Nodes.Select(n => $"{n.Name}: {n.Type} = {n.Op.Mnemonic}"));
        Assert.Equal(
            ["layers.2.attn.out.codes", "layers.2.attn.o.weight", "layers.1.mlp.residual"],
            graph.Nodes.Single(n => n.Name == "layers.2.attn.residual").Operands.Select(graph.NameOf));
        Assert.All(graph.Weights, w => Assert.Equal(w.Type.Shape.Count == 2, w.Format is not null));
        Assert.Equal("8g64", graph.Weights[0].Format.ToString());
    }

    [Fact]
    public void A_cache_of_four_bits_has_keys_and_values_in_their_own_forms()
    {
        using HuggingFaceCheckpoint checkpoint = OpenStories();
        PassContext context = new() { FormatOf = Quantised.FormatOf, CacheBits = 4 };
        Graph graph = Pipeline.Run(ModelImporter.Import(checkpoint, hash: false).Graph, context, new PassObserver { Verify = true });

        Assert.Equal(
            ["i8h Query", "i4k Keys4", "i4k Values4"],
            graph.Nodes.Where(n => n.Name is "layers.1.attn.q.rotary" or "layers.1.attn.k.rotary" or "layers.1.attn.v.cache")
                .Select(n => $"{TensorType.NameOf(n.Type.Element)} {(n.Op is RotaryQuantize r ? r.Form : ((QuantizeHeads)n.Op).Form)}"));
        Assert.Equal(GraphText.Print(graph), GraphText.Print(GraphText.Parse(GraphText.Print(graph), "printed")));
    }

    [Fact]
    public void Fusing_changes_no_bit_of_the_sample_model()
    {
        using HuggingFaceCheckpoint checkpoint = OpenStories();
        ImportedModel model = ModelImporter.Import(checkpoint, hash: false);
        Graph fused = Pipeline.Run(model.Graph, Quantised, new PassObserver { Until = "fuse-residual" });
        int[] ids = [1, 404, 427, 261, 378];

        Assert.DoesNotContain(fused.Nodes, n => n.Op is Activation or Mul or Add);
        Assert.Equal(Run(model.Graph), Run(fused));

        float[][] Run(Graph graph)
        {
            FloatExecutor executor = new(graph, model.Weights);
            return executor.Run(executor.NewSequence(), ids);
        }
    }

    [Fact]
    public void Every_pass_is_dumped_and_timed_and_its_dump_can_be_read()
    {
        using HuggingFaceCheckpoint checkpoint = OpenStories();
        List<(string Name, string Text)> dumps = [];
        List<string> timed = [];
        PassObserver observer = new() { Dump = (name, text) => dumps.Add((name, text)), Timed = (name, _) => timed.Add(name) };

        Graph result = Pipeline.Run(ModelImporter.Import(checkpoint).Graph, Quantised, observer);

        Assert.Equal(
            [
                "00-import.graph", "01-canonicalize.graph", "02-fuse-gate.graph", "03-fuse-residual.graph", "04-quantize-weights.graph",
                "05-quantize-activations.graph",
            ],
            dumps.Select(d => d.Name));
        Assert.Equal(Pipeline.Names, timed);
        Assert.Equal(GraphText.Print(result), dumps[^1].Text);
        Assert.All(dumps, d => Assert.Equal(d.Text, GraphText.Print(GraphText.Parse(d.Text, d.Name))));
        Assert.False(observer.IsStopped);
    }

    [Fact]
    public void A_pipeline_stops_after_the_pass_asked_for()
    {
        using HuggingFaceCheckpoint checkpoint = OpenStories();
        List<string> dumps = [];
        PassObserver observer = new() { Dump = (name, _) => dumps.Add(name), Until = "fuse-gate" };

        Graph graph = Pipeline.Run(ModelImporter.Import(checkpoint, hash: false).Graph, Quantised, observer);

        Assert.Equal("02-fuse-gate.graph", dumps[^1]);
        Assert.True(observer.IsStopped);
        Assert.Contains(graph.Nodes, n => n.Op is Add);
    }

    [Fact]
    public void A_pass_that_does_not_exist_is_refused_with_those_that_do()
    {
        CompilationException error = Assert.Throws<CompilationException>(() =>
            new PassObserver { Until = "fuse" }.ThrowIfUnknown(Pipeline.Names));

        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.Contains("canonicalize, fuse-gate", error.Message, StringComparison.Ordinal);
        new PassObserver { Until = "canonicalize" }.ThrowIfUnknown(Pipeline.Names);
    }

    [Fact]
    public void A_pass_that_breaks_a_graph_or_fails_is_named()
    {
        Graph graph = GraphText.Parse("""
            graph "g" context=1
            input ids: i32[T]
            weight table: f32[1,4]
            x: f32[T,4] = embedding ids, table
            return x
            """, "g");

        InvalidOperationException broken = Assert.Throws<InvalidOperationException>(() =>
            Pipeline.Run([new Faulty(g => new Graph("g", 0, g.Inputs, g.Weights, g.Nodes, g.Outputs))], graph, new PassContext(), new PassObserver()));
        InvalidOperationException failed = Assert.Throws<InvalidOperationException>(() =>
            Pipeline.Run([new Faulty(_ => throw new NotSupportedException("oh"))], graph, new PassContext(), new PassObserver()));

        Assert.StartsWith("after the pass faulty:\ng: error FLC2001: the context is 0", broken.Message, StringComparison.Ordinal);
        Assert.Equal("the pass faulty failed: oh", failed.Message);
    }

    [Fact]
    public void A_format_that_does_not_exist_is_refused()
    {
        using HuggingFaceCheckpoint checkpoint = OpenStories();
        Graph graph = ModelImporter.Import(checkpoint, hash: false).Graph;

        CompilationException error = Assert.Throws<CompilationException>(() =>
            Pipeline.Run(graph, new PassContext { FormatOf = _ => new QuantizedFormat(9, 64) }, new PassObserver()));

        Assert.Equal((Codes.QuantisationImpossible, "embed.weight"), (error.Diagnostics[0].Code, error.Diagnostics[0].Location));
    }

    private static HuggingFaceCheckpoint OpenStories() => HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();

    private sealed class Faulty(Func<Graph, Graph> run) : IGraphPass
    {
        public string Name => "faulty";

        public Graph Run(Graph graph, PassContext context) => run(graph);
    }
}
