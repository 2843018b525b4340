using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Gives the nodes of a branch names of their own.</summary>
internal static class BranchNames
{
    /// <summary>The node with other names, in the graphs within it too.</summary>
    /// <param name="node">The node.</param>
    /// <param name="names">New names by old ones; others stay.</param>
    public static OnnxNode Rename(OnnxNode node, IReadOnlyDictionary<string, string> names) => node with
    {
        Inputs = [.. node.Inputs.Select(n => names.GetValueOrDefault(n, n))],
        Outputs = [.. node.Outputs.Select(n => names.GetValueOrDefault(n, n))],
        Attributes = node.Attributes.Values.Any(a => a is GraphAttribute)
            ? node.Attributes.ToDictionary(a => a.Key, a => a.Value is GraphAttribute graph ? Rename(graph, names) : a.Value)
            : node.Attributes,
    };

    private static GraphAttribute Rename(GraphAttribute graph, IReadOnlyDictionary<string, string> names)
    {
        // What the inner graph defines itself hides names from outside.
        HashSet<string> defined = new(graph.Value.Initializers.Keys.Concat(graph.Value.Nodes.SelectMany(n => n.Outputs)), StringComparer.Ordinal);
        Dictionary<string, string> outer = names.Where(n => !defined.Contains(n.Key)).ToDictionary(StringComparer.Ordinal);
        OnnxGraph inner = graph.Value with
        {
            Nodes = [.. graph.Value.Nodes.Select(n => Rename(n, outer))],
            Outputs = [.. graph.Value.Outputs.Select(o => o with { Name = outer.GetValueOrDefault(o.Name, o.Name) })],
        };
        return graph with { Value = inner };
    }
}
