using System.Globalization;
using System.Text;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>The nodes that lead from values that are understood to one that is not yet: a function that can be executed.</summary>
/// <remarks>Functions between weights are few. Which one a region is, its values at chosen points tell, and values at random points confirm; how an exporter wrote it down
/// does not matter then.</remarks>
internal sealed class Region
{
    private const int MostNodes = 256;

    private readonly Specialisation _graph;
    private readonly IReadOnlyList<OnnxNode> _nodes;

    private Region(Specialisation graph, string output, IReadOnlyList<OnnxNode> nodes, IReadOnlyList<string> sources)
    {
        _graph = graph;
        _nodes = nodes;
        Output = output;
        Sources = sources;
    }

    /// <summary>The value it leads to.</summary>
    public string Output { get; }

    /// <summary>The values it starts from, in order of first use.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>Its nodes, in an order in which they can be executed.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>Finds the region that ends in a value.</summary>
    /// <param name="graph">The data graph.</param>
    /// <param name="output">The value.</param>
    /// <param name="isSource">Whether it starts from a value.</param>
    /// <param name="isPart">Whether a node may be in it.</param>
    /// <returns>Null where it comes to a node that may not be in it, or is large.</returns>
    public static Region? To(Specialisation graph, string output, Func<string, bool> isSource, Func<OnnxNode, bool> isPart)
    {
        HashSet<OnnxNode> nodes = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<string> sources = [];
        Stack<string> open = new([graph.Resolve(output)]);
        while (open.TryPop(out string? name))
        {
            if (name.Length == 0 || !seen.Add(name) || !graph.IsData(name))
            {
                continue;
            }

            if (isSource(name))
            {
                sources.Add(name);
            }
            else if (graph.ProducerOf(name) is { } node && isPart(node) && nodes.Count < MostNodes)
            {
                nodes.Add(node);
                foreach (string input in node.Inputs.Reverse())
                {
                    open.Push(graph.Resolve(input));
                }
            }
            else
            {
                return null;
            }
        }

        return new Region(graph, graph.Resolve(output), [.. nodes.OrderBy(graph.OrderOf)], sources);
    }

    /// <summary>Executes it.</summary>
    /// <param name="values">A value for each source, in their order.</param>
    public OnnxTensor Run(params IReadOnlyList<OnnxTensor> values)
    {
        Dictionary<string, OnnxTensor> known = new(StringComparer.Ordinal);
        for (int i = 0; i < Sources.Count; i++)
        {
            known[Sources[i]] = values[i];
        }

        foreach (OnnxNode node in _nodes)
        {
            IReadOnlyList<OnnxTensor?> results = _graph.Evaluator.RunNode(
                node, [.. node.Inputs.Select(name => name.Length == 0 ? null : known.GetValueOrDefault(_graph.Resolve(name)) ?? _graph.ConstantOf(name)!.Value)]);
            for (int i = 0; i < results.Count; i++)
            {
                if (results[i] is { } result)
                {
                    known[node.Outputs[i]] = result;
                }
            }
        }

        return known[Output];
    }

    /// <summary>Executes it on numbers that are given the element type and shape of its sources.</summary>
    /// <param name="values">Numbers for each source, in their order.</param>
    public double[] Run(params IReadOnlyList<double[]> values) => TensorElements.ToDoubles(Run(
        [.. values.Select((v, i) => TensorElements.Of(TypeOf(i).ElementType, v, TypeOf(i).Shape))]));

    /// <summary>The type of a source.</summary>
    public OnnxTensorType TypeOf(int source) => _graph.TypeOf(Sources[source]);

    /// <summary>A text that is equal for regions that compute the same.</summary>
    /// <param name="ofSource">What has to be the same of a source.</param>
    public string KeyOf(Func<string, string> ofSource)
    {
        StringBuilder text = new();
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        foreach (string source in Sources)
        {
            names[source] = string.Create(CultureInfo.InvariantCulture, $"s{names.Count}");
            text.Append(ofSource(source)).Append(';');
        }

        for (int i = 0; i < _nodes.Count; i++)
        {
            OnnxNode node = _nodes[i];
            text.Append(NodeKey.OfOperator(node) ?? node.Name).Append('(');
            foreach (string input in node.Inputs.Select(_graph.Resolve))
            {
                text.Append(names.GetValueOrDefault(input) ?? (input.Length == 0
                    ? "" : string.Create(CultureInfo.InvariantCulture, $"c{_graph.NumberOf(_graph.ConstantOf(input)!)}"))).Append(',');
            }

            for (int output = 0; output < node.Outputs.Count; output++)
            {
                names[node.Outputs[output]] = string.Create(CultureInfo.InvariantCulture, $"n{i}.{output}");
            }

            text.Append(");");
        }

        return text.Append(names.GetValueOrDefault(Output)).ToString();
    }
}
