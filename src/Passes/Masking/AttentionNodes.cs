using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Masking;

/// <summary>Where one layer's attention stands in a float Graph.</summary>
/// <param name="Op">The attention.</param>
/// <param name="Queries">Name of its queries.</param>
/// <param name="Keys">Name of its keys.</param>
/// <param name="Values">Name of its values.</param>
/// <param name="Projection">Name of the weight behind it.</param>
/// <param name="Stream">Name of the residual stream behind that.</param>
internal sealed record AttentionNodes(
    Attention Op, string Queries, string Keys, string Values, string Projection, string Stream)
{
    /// <summary>Finds those of all layers.</summary>
    /// <exception cref="CompilationException">An attention is not followed by a projection (FLC2001).</exception>
    public static AttentionNodes[] Of(Graph graph) =>
        [.. Enumerable.Range(0, graph.Nodes.Count).Where(i => graph.Nodes[i].Op is Attention).Select(i => Of(graph, i))];

    private static AttentionNodes Of(Graph graph, int index)
    {
        Node attention = graph.Nodes[index];
        int projection = UserOf(graph, index, attention.Name);

        // The stream is what the projection is added to, in one operation with it or in the next.
        int stream = ((Linear)graph.Nodes[projection].Op).HasResidual ? projection : UserOf(graph, projection, attention.Name);
        return new AttentionNodes(
            (Attention)attention.Op, graph.NameOf(attention.Operands[0]), graph.NameOf(attention.Operands[1]),
            graph.NameOf(attention.Operands[2]), graph.NameOf(graph.Nodes[projection].Operands[1]), graph.Nodes[stream].Name);
    }

    private static int UserOf(Graph graph, int index, string attention)
    {
        ValueId value = graph.ValueOfNode(index);
        for (int i = index + 1; i < graph.Nodes.Count; i++)
        {
            if (graph.Nodes[i].Operands.Contains(value)
                && (graph.Nodes[index].Op is not Attention || graph.Nodes[i].Op is Linear))
            {
                return i;
            }
        }

        throw new CompilationException(
            Codes.GraphInvalid, "masks are searched where attention is followed by a projection that is added to the residual stream",
            attention);
    }
}
