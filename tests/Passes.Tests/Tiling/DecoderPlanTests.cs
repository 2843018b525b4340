using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes;
using Flightc.Passes.Tiling;
using Flightc.Schedules;

namespace Flightc.Tests.Tiling;

/// <summary>Which Graphs can be mapped, and what is said of those that cannot.</summary>
public sealed class DecoderPlanTests
{
    private static readonly DecoderSettings Small = new() { Hidden = 64, Intermediate = 96, HeadDim = 16, Vocabulary = 64, Context = 32 };

    [Theory]
    [InlineData("llama", 1)]
    [InlineData("qwen2", 3)]
    [InlineData("qwen3", 2)]
    [InlineData("gpt2", 4)]
    [InlineData("opt", 4)]
    [InlineData("gemma2", 1)]
    public void Vectors_of_a_layer_come_in_few_loads_long_before_they_are_wanted(string family, int loads)
    {
        Schedule schedule = Tile(GraphText.Print(Quantised(DecoderFamilies.Small[family])), new MappingOptions { Attention = AttentionDivision.Heads });

        foreach (Phase phase in schedule.Phases)
        {
            // Between the projections of the first layer and its attention: those of the second.
            int product = phase.Steps.ToList().FindIndex(s => s.Name == "layers.0.attn.qkv");
            int attention = phase.Steps.ToList().FindIndex(s => s.Kind == StepKind.Score);
            Assert.Equal(loads, phase.Steps.Take(attention).Skip(product).Count(s => s.Kind == StepKind.LoadVector));
            Assert.Equal(loads, phase.Steps.Take(product).Count(s => s.Kind == StepKind.LoadVector));
        }
    }

    [Fact]
    public void A_norm_behind_a_product_leaves_whole_rows_and_the_next_norm_needs_no_exchange()
    {
        Schedule schedule = Tile(GraphText.Print(Quantised(DecoderFamilies.Small["gemma2"])), new MappingOptions { DecodeGather = GatherForm.Values });
        Step[] steps = [.. schedule.Phases[0].Steps];

        Assert.DoesNotContain(steps, s => s.Kind == StepKind.Gather && s.Text("region") == "decode.residual");
        Assert.Equal(2 * 2, steps.Count(s => s.Kind == StepKind.Gather && s.Text("region") == "decode.branch"));
    }

    [Fact]
    public void Layers_may_have_different_functions()
    {
        string text = GraphText.Print(Quantised(Small)).Replace("layers.1.mlp.hidden: f32[T,96] = swiglu", "layers.1.mlp.hidden: f32[T,96] = reglu", StringComparison.Ordinal);

        Schedule schedule = Tile(text);

        Assert.Equal([null, "relu"], schedule.Phases[0].Steps.Where(s => s.Kind == StepKind.Activate).Select(s => s.Find("function")));
    }

    [Theory]
    [InlineData(
        "layers.0.mlp.down.weight, layers.0.attn.residual", "layers.0.mlp.down.weight, embed", "layers.0.attn.residual",
        "it takes the place of 'embed', which 'layers.0.mlp.residual' wants too")]
    [InlineData(
        "layers.0.mlp.down.weight, layers.0.attn.residual", "layers.0.mlp.down.weight", "layers.1.attn.norm", "there is one residual stream")]
    [InlineData(
        "= swiglu layers.0.mlp.gate, layers.0.mlp.up", "= mul layers.0.mlp.gate, layers.0.mlp.up", "layers.0.mlp.gate", "no part of a feed-forward layer")]
    [InlineData(
        "= swiglu layers.1.mlp.gate, layers.1.mlp.up", "= relu layers.1.mlp.up", "layers.1.mlp.gate", "no part of a feed-forward layer")]
    [InlineData(
        "= quantize_heads layers.0.attn.v ", "= quantize_heads layers.0.attn.k ", "layers.0.attn.k", "its heads are used more than once")]
    public void What_cannot_be_mapped_is_named_with_the_reason(string found, string instead, string node, string reason)
    {
        string text = GraphText.Print(Quantised(Small));
        Assert.Contains(found, text, StringComparison.Ordinal);
        text = text.Replace(found, instead, StringComparison.Ordinal).Replace("linear_add layers.0.mlp.hidden.codes, layers.0.mlp.down.weight\n", "linear layers.0.mlp.hidden.codes, layers.0.mlp.down.weight\n", StringComparison.Ordinal);

        CompilationException e = Assert.Throws<CompilationException>(() => Tile(text));

        Assert.Equal((Codes.ScheduleInvalid, node), (e.Diagnostics[0].Code, e.Diagnostics[0].Location));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains("docs/models.md", e.Diagnostics[0].Help, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_with_a_bias_beside_an_up_without_one_is_refused()
    {
        string text = GraphText.Print(Quantised(Small with { HasFeedForwardBias = true }))
            .Replace("layers.0.mlp.up.weight, layers.0.mlp.up.bias {bias=true}", "layers.0.mlp.up.weight", StringComparison.Ordinal);

        CompilationException e = Assert.Throws<CompilationException>(() => Tile(text));

        Assert.Equal((Codes.ScheduleInvalid, "layers.0.mlp.hidden"), (e.Diagnostics[0].Code, e.Diagnostics[0].Location));
        Assert.Contains("one has a bias and the other has none", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_tokens_than_there_are_learned_positions_are_refused_with_the_length_that_fits()
    {
        string text = GraphText.Print(Quantised(DecoderFamilies.Small["opt"] with { Context = 32 })).Replace("context=32", "context=40", StringComparison.Ordinal);

        CompilationException e = Assert.Throws<CompilationException>(() => Tile(text));

        Assert.Equal((Codes.DoesNotFit, "positions.weight"), (e.Diagnostics[0].Code, e.Diagnostics[0].Location));
        Assert.Contains("has 37 rows, and a sequence of 40 tokens needs 42", e.Message, StringComparison.Ordinal);
        Assert.Contains("--max-length 35", e.Diagnostics[0].Help, StringComparison.Ordinal);
    }

    private static Graph Quantised(DecoderSettings settings) => Pipeline.Run(
        new RandomDecoder(settings, null).Graph, new PassContext { FormatOf = _ => new QuantizedFormat(4, 32) }, new PassObserver());

    private static Schedule Tile(string text, MappingOptions? options = null)
    {
        Schedule schedule = Tiler.Tile(GraphText.Parse(text, "text"), LlamaShape.Machine(1 << 20, 2, 2), 8, options);
        Assert.Empty(ScheduleVerifier.Verify(schedule));
        return schedule;
    }
}
