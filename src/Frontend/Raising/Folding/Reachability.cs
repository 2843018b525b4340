using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Which nodes a value depends on.</summary>
internal static class Reachability
{
    /// <summary>Every name on which <paramref name="outputs"/> depend, themselves included.</summary>
    public static HashSet<string> Of(OnnxGraph graph, params IEnumerable<string> outputs)
    {
        HashSet<string> used = new(outputs, StringComparer.Ordinal);

        // Nodes stand in an order in which they can be executed.
        foreach (OnnxNode node in graph.Nodes.Reverse())
        {
            if (node.Outputs.Any(used.Contains))
            {
                AddNames(node, used);
            }
        }

        // What is left out has no name.
        used.Remove("");
        return used;
    }

    // Branches use names from outside.
    private static void AddNames(OnnxNode node, HashSet<string> used)
    {
        Stack<OnnxNode> nodes = new([node]);
        while (nodes.TryPop(out OnnxNode? next))
        {
            used.UnionWith(next.Inputs);
            foreach (GraphAttribute branch in next.Attributes.Values.OfType<GraphAttribute>())
            {
                used.UnionWith(branch.Value.Outputs.Select(o => o.Name));
                foreach (OnnxNode inner in branch.Value.Nodes)
                {
                    nodes.Push(inner);
                }
            }
        }
    }
}
