using Flightc.Calibration;
using Flightc.IR;

namespace Flightc.Tests;

public sealed class SegmentTests
{
    [Fact]
    public void A_decoder_is_cut_behind_every_residual()
    {
        Graph graph = new TinyModel(layers: 2).Graph;
        IReadOnlyList<GraphSegment> segments = GraphSegment.Of(graph);
        Assert.Equal(
            ["layers.0.attn.residual", "layers.0.mlp.residual", "layers.1.attn.residual", "layers.1.mlp.residual", "logits"],
            segments.Select(s => graph.NameOf(s.Output)));
        Assert.Equal(
            [null, "layers.0.attn.residual", "layers.0.mlp.residual", "layers.1.attn.residual", "layers.1.mlp.residual"],
            segments.Select(s => s.Input is { } value ? graph.NameOf(value) : null));
    }

    [Fact]
    public void Every_node_is_in_one_segment_that_needs_nothing_but_its_input()
    {
        Graph graph = new TinyModel(layers: 3, isTied: false).Graph;
        int next = 0;
        foreach (GraphSegment segment in GraphSegment.Of(graph))
        {
            Assert.Equal(next, segment.First);
            next = segment.End;
            for (int i = segment.First; i < segment.End; i++)
            {
                Assert.All(
                    graph.Nodes[i].Operands.Where(value => graph.NodeOf(value) is not null && value != segment.Input),
                    value => Assert.InRange(value.Index, graph.ValueOfNode(segment.First).Index, graph.ValueOfNode(i).Index - 1));
            }
        }

        Assert.Equal(graph.Nodes.Count, next);
    }

    [Fact]
    public void Each_tensor_of_a_model_is_found_by_one_segment()
    {
        TinyModel model = new(layers: 2);
        CalibrationPlan plan = new(model.Graph, model, TinyModel.Windows(1, 5), new CalibrationOptions());
        string[] found = [.. Enumerable.Range(0, plan.Segments.Count).SelectMany(plan.TensorsOf).Select(t => t.Name)];
        Assert.Equal(found.Distinct(), found);
        Assert.Equal(CalibrationFile.TensorsOf(plan.Matrices).Select(t => t.Name).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }
}
