using System.Globalization;

namespace Flightc.Onnx.Reading;

/// <summary>Names that no value of a model has.</summary>
internal sealed class FreshNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Keeps the names of a graph, and of graphs within it, from being given.</summary>
    public void Take(RawGraph graph)
    {
        foreach (string name in Definitions(graph))
        {
            _taken.Add(name);
        }

        foreach (RawGraph inner in graph.Nodes.SelectMany(n => n.Attributes).OfType<RawGraphAttribute>().Select(a => a.Value))
        {
            Take(inner);
        }
    }

    /// <summary>Every name that a graph itself defines; some perhaps twice.</summary>
    public static IEnumerable<string> Definitions(RawGraph graph) =>
        graph.Inputs.Select(v => v.Name).Concat(graph.Initializers.Select(t => t.Name)).Concat(graph.Nodes.SelectMany(n => n.Outputs)).Where(n => n.Length > 0);

    /// <summary>The wanted name, with a number where it is taken.</summary>
    public string Next(string wanted)
    {
        string name = wanted;
        int count = _counts.GetValueOrDefault(wanted);
        while (!_taken.Add(name))
        {
            count++;
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{count}");
        }

        _counts[wanted] = count;
        return name;
    }
}
