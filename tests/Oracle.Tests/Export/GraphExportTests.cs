using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Export;
using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Tests;

/// <summary>What an exported graph is like, and what is refused.</summary>
public sealed class GraphExportTests
{
    private const string Text = """
        graph "tiny" context=16
        input ids: i32[T]
        weight embed.weight: f16[10,8]
        weight q.weight: f32[8,8]
        embed: f32[T,8] = embedding ids, embed.weight
        q: f32[T,8] = linear embed, q.weight
        a: f32[T,8] = attention q, q, embed {heads=2, kv_heads=2, head_dim=4}
        logits: f32[T,10] = linear a, embed.weight
        return logits

        """;

    [Fact]
    public void Inputs_and_outputs_are_called_as_other_exporters_call_them()
    {
        OnnxGraph graph = Export(new ExportOptions()).Graph;

        Assert.Equal(["input_ids", "past_key_values.0.key", "past_key_values.0.value"], graph.Inputs.Select(i => i.Name));
        Assert.Equal(["logits", "present.0.key", "present.0.value"], graph.Outputs.Select(o => o.Name));
        Assert.Equal("batch_size,2,past_sequence_length,4", string.Join(',', graph.Inputs[1].Shape!.Select(d => d.Size?.ToString(CultureInfo.InvariantCulture) ?? d.Symbol)));
    }

    [Fact]
    public void Values_and_weights_are_called_by_their_roles()
    {
        OnnxGraph graph = Export(new ExportOptions()).Graph;

        Assert.Superset(new HashSet<string> { "embed", "q", "a", "logits" }, graph.Nodes.SelectMany(n => n.Outputs).ToHashSet());
        Assert.Equal(OnnxElementType.Float16, graph.Initializers["embed.weight"].ElementType);
        Assert.Equal([8L, 8], graph.Initializers["q.weight"].Shape);
    }

    [Fact]
    public void Without_a_past_ids_are_the_only_input()
    {
        OnnxGraph graph = Export(new ExportOptions(HasPast: false)).Graph;

        Assert.Equal("input_ids", Assert.Single(graph.Inputs).Name);
        Assert.Equal("logits", Assert.Single(graph.Outputs).Name);
    }

    [Fact]
    public void Only_standard_operators_are_used_and_every_name_is_defined_once()
    {
        OnnxGraph graph = Export(new ExportOptions()).Graph;

        Assert.All(graph.Nodes, n => Assert.Equal("", n.Domain));
        Assert.Distinct(graph.Inputs.Select(i => i.Name).Concat(graph.Initializers.Keys).Concat(graph.Nodes.SelectMany(n => n.Outputs)));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(24)]
    public void An_opset_that_cannot_be_written_is_refused(int opset) =>
        Assert.Equal(Codes.Usage, new ExportedGraph(Text).Refused(new ExportOptions(opset)).Diagnostics.Single().Code);

    [Fact]
    public void Attention_masks_are_refused_with_the_operation_that_has_one()
    {
        Graph graph = AttentionMasks.Window(1, 2, 1, 1).ApplyTo(Parsed());

        CompilationException e = Assert.Throws<CompilationException>(
            () => GraphExport.Build(graph, new RandomWeights(graph, 1), null, new ExportOptions()));

        Assert.Equal((Codes.FeatureUnsupported, "a"), (e.Diagnostics.Single().Code, e.Diagnostics[0].Location));
    }

    [Fact]
    public void Names_that_the_file_needs_itself_may_be_taken_in_the_graph()
    {
        string text = Text.Replace("q: f32", "present.0.key: f32", StringComparison.Ordinal)
            .Replace("attention q, q", "attention present.0.key, present.0.key", StringComparison.Ordinal)
            .Replace("embed: f32", "input_ids: f32", StringComparison.Ordinal)
            .Replace("linear embed,", "linear input_ids,", StringComparison.Ordinal).Replace(", embed {", ", input_ids {", StringComparison.Ordinal);

        Assert.InRange(new ExportedGraph(text).Difference(), 0, 2e-6);
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(3, 40)]
    [InlineData(1, 1)]
    public void Bytes_of_a_weight_can_be_read_from_anywhere(int offset, int count)
    {
        ITensorBytes bytes = Export(new ExportOptions()).Graph.Initializers["embed.weight"].Data;
        byte[] all = new byte[bytes.Length];
        bytes.Read(0, all);
        byte[] part = new byte[count];

        bytes.Read(offset, part);

        Assert.Equal(10 * 8 * 2, bytes.Length);
        Assert.Equal(all[offset..(offset + count)], part);
    }

    private static Graph Parsed() => GraphText.Parse(Text, "test");

    private static OnnxModel Export(ExportOptions options)
    {
        Graph graph = Parsed();
        return GraphExport.Build(graph, new RandomWeights(graph, 1), null, options);
    }
}
