using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>A run of nodes that needs one value of those before it, and gives one value to those behind it.</summary>
/// <param name="First">Number of the first node.</param>
/// <param name="End">Behind the last one.</param>
/// <param name="Input">The value from before; null where it begins with token ids.</param>
/// <param name="Output">The value that goes on.</param>
internal sealed record GraphSegment(int First, int End, ValueId? Input, ValueId Output)
{
    /// <summary>
    /// Cuts a Graph wherever a single value is alive, which in a decoder is behind every residual. A piece without a matrix product joins the
    /// one behind it: it has nothing to find, and a cut costs a file of activations.
    /// </summary>
    /// <param name="graph">Float, with one output.</param>
    public static IReadOnlyList<GraphSegment> Of(Graph graph)
    {
        int[] lastUse = new int[graph.ValueCount];
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (ValueId operand in graph.Nodes[i].Operands)
            {
                lastUse[operand.Index] = i;
            }
        }

        lastUse[graph.Outputs[0].Index] = graph.Nodes.Count;
        List<GraphSegment> segments = [];
        List<ValueId> alive = [];
        ValueId? input = null;
        int first = 0;
        bool hasProduct = false;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            hasProduct |= graph.Nodes[i].Op is Linear;
            alive.Add(graph.ValueOfNode(i));
            alive.RemoveAll(value => lastUse[value.Index] <= i);
            bool readsIds = graph.Inputs.Select((_, n) => lastUse[n]).Any(use => use > i);
            if (i == graph.Nodes.Count - 1 || (alive.Count == 1 && hasProduct && !readsIds))
            {
                ValueId output = i == graph.Nodes.Count - 1 ? graph.Outputs[0] : alive[0];
                segments.Add(new GraphSegment(first, i + 1, input, output));
                (input, first, hasProduct) = (output, i + 1, false);
            }
        }

        return segments;
    }
}
