namespace Flightc.Onnx.Evaluation;

/// <summary>After which node of a graph a value is not used any more, so that long graphs need memory for few values.</summary>
internal sealed class ValueLifetimes
{
    private readonly Dictionary<int, List<string>> _ending = [];

    private ValueLifetimes()
    {
    }

    /// <summary>Names whose last use is by that node.</summary>
    public IReadOnlyList<string> EndingAt(int node) => _ending.TryGetValue(node, out List<string>? names) ? names : [];

    /// <summary>The lifetimes of a graph; what is used within branches counts for the node that has them.</summary>
    public static ValueLifetimes Of(OnnxGraph graph)
    {
        Dictionary<string, int> last = new(StringComparer.Ordinal);
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (string name in graph.Nodes[i].Outputs)
            {
                last[name] = i;
            }

            foreach (string name in UsedBy(graph.Nodes[i]))
            {
                last[name] = i;
            }
        }

        foreach (OnnxValue output in graph.Outputs)
        {
            last.Remove(output.Name);
        }

        ValueLifetimes result = new();
        foreach ((string name, int node) in last)
        {
            if (!result._ending.TryGetValue(node, out List<string>? names))
            {
                result._ending[node] = names = [];
            }

            names.Add(name);
        }

        return result;
    }

    private static List<string> UsedBy(OnnxNode node)
    {
        List<string> names = [];
        Stack<OnnxNode> rest = new([node]);
        while (rest.TryPop(out OnnxNode? next))
        {
            names.AddRange(next.Inputs);
            foreach (OnnxGraph branch in next.Attributes.Values.OfType<GraphAttribute>().Select(a => a.Value))
            {
                names.AddRange(branch.Outputs.Select(o => o.Name));
                foreach (OnnxNode inner in branch.Nodes)
                {
                    rest.Push(inner);
                }
            }
        }

        return names;
    }
}
