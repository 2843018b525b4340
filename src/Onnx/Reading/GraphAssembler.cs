using Flightc.Diagnostics;

namespace Flightc.Onnx.Reading;

/// <summary>Makes graphs of what a file has: every name is defined once and before its use, nodes are in order.</summary>
/// <remarks>
/// Checked, and all of it reported at once: every output of a node, initializer and input has a name of its own; every name that is used is defined, in the graph or in one around
/// it; nodes do not wait for each other; every domain is imported in a version that is known; attributes have names of their own. Nodes that are not in order are put in
/// order. A graph within a node makes the node wait for what the graph uses from outside.
/// </remarks>
internal sealed class GraphAssembler(Problems problems, OpsetRules opsets)
{
    private const int MaxCycleShown = 8;
    private readonly SortedDictionary<string, List<string>> _domainsMissing = new(StringComparer.Ordinal);

    /// <summary>Makes the main graph.</summary>
    public OnnxGraph Assemble(RawGraph raw)
    {
        if (raw.Outputs.Count == 0)
        {
            problems.Error(Codes.OnnxGraphInvalid, "the graph has no output");
        }

        (OnnxGraph graph, _) = Assemble(raw, null, "");
        foreach ((string domain, List<string> nodes) in _domainsMissing)
        {
            problems.Error(
                Codes.OnnxGraphInvalid,
                $"the domain '{(domain.Length == 0 ? "ai.onnx" : Excerpt.Of(domain))}' is used by {Excerpt.List(nodes)}, but the model does not import a version of it");
        }

        return graph;
    }

    private (OnnxGraph Graph, List<string> Free) Assemble(RawGraph raw, NameScope? outer, string place)
    {
        NameScope scope = new(outer);
        string[] names = [.. raw.Nodes.Select((node, i) => node.Name.Length > 0 ? node.Name : $"{place}#{i} ({node.OpType})")];
        Dictionary<string, OnnxTensor> initializers = DefineInitializers(raw, scope);
        DefineInputs(raw, scope, initializers);
        Dictionary<string, int> producers = DefineResults(raw, scope, names);

        List<string> free = [];
        List<string>[] used = new List<string>[raw.Nodes.Count];
        OnnxNode[] nodes = new OnnxNode[raw.Nodes.Count];
        for (int i = 0; i < nodes.Length; i++)
        {
            used[i] = [.. raw.Nodes[i].Inputs.Where(n => n.Length > 0)];
            foreach (string name in used[i].Where(n => !scope.Knows(n)))
            {
                problems.Error(Codes.OnnxGraphInvalid, $"node '{Excerpt.Of(names[i])}' uses '{Excerpt.Of(name)}', which nothing defines");
            }

            nodes[i] = Convert(raw.Nodes[i], names[i], scope, used[i]);
        }

        foreach (OnnxValue output in raw.Outputs)
        {
            if (!scope.Knows(output.Name))
            {
                problems.Error(Codes.OnnxGraphInvalid, $"{Of(place)} has the output '{Excerpt.Of(output.Name)}', which nothing defines");
            }
        }

        if (raw.Outputs.DistinctBy(v => v.Name).Count() != raw.Outputs.Count)
        {
            problems.Error(Codes.OnnxGraphInvalid, $"{Of(place)} has an output twice");
        }

        int[] order = Order(producers, used, names);
        free.AddRange(used.SelectMany(n => n).Concat(raw.Outputs.Select(v => v.Name)).Where(n => !scope.Owns(n)).Distinct(StringComparer.Ordinal));
        Dictionary<string, OnnxValue> values = new(StringComparer.Ordinal);
        foreach (OnnxValue value in raw.Values)
        {
            values.TryAdd(value.Name, value);
        }

        OnnxValue[] inputs = [.. raw.Inputs.Where(v => !initializers.ContainsKey(v.Name))];
        return (new OnnxGraph(raw.Name, inputs, [.. raw.Outputs], initializers, [.. order.Select(i => nodes[i])], values), free);
    }

    private Dictionary<string, OnnxTensor> DefineInitializers(RawGraph raw, NameScope scope)
    {
        Dictionary<string, OnnxTensor> initializers = new(StringComparer.Ordinal);
        foreach (OnnxTensor tensor in raw.Initializers)
        {
            if (tensor.Name.Length == 0)
            {
                problems.Error(Codes.OnnxGraphInvalid, "an initializer has no name");
            }
            else if (!initializers.TryAdd(tensor.Name, tensor))
            {
                problems.Error(Codes.OnnxGraphInvalid, $"there are two initializers '{Excerpt.Of(tensor.Name)}'");
            }
            else
            {
                scope.Define(tensor.Name);
            }
        }

        return initializers;
    }

    private void DefineInputs(RawGraph raw, NameScope scope, Dictionary<string, OnnxTensor> initializers)
    {
        HashSet<string> inputs = new(StringComparer.Ordinal);
        foreach (OnnxValue input in raw.Inputs)
        {
            if (input.Name.Length == 0)
            {
                problems.Error(Codes.OnnxGraphInvalid, "an input has no name");
            }
            else if (!inputs.Add(input.Name) || !(scope.Define(input.Name) || initializers.ContainsKey(input.Name)))
            {
                problems.Error(Codes.OnnxGraphInvalid, $"there are two inputs '{Excerpt.Of(input.Name)}'");
            }
        }
    }

    private Dictionary<string, int> DefineResults(RawGraph raw, NameScope scope, string[] names)
    {
        Dictionary<string, int> producers = new(StringComparer.Ordinal);
        for (int i = 0; i < raw.Nodes.Count; i++)
        {
            foreach (string output in raw.Nodes[i].Outputs.Where(n => n.Length > 0))
            {
                if (scope.Define(output))
                {
                    producers.Add(output, i);
                    continue;
                }

                string other = producers.TryGetValue(output, out int first) ? $"node '{Excerpt.Of(names[first])}'" : "an input or initializer";
                problems.Error(Codes.OnnxGraphInvalid, $"'{Excerpt.Of(output)}' is defined twice: by {other} and by node '{Excerpt.Of(names[i])}'");
            }
        }

        return producers;
    }

    // Adds to `used` what graphs within the node use from outside.
    private OnnxNode Convert(RawNode raw, string name, NameScope scope, List<string> used)
    {
        if (raw.OpType.Length == 0)
        {
            problems.Error(Codes.OnnxGraphInvalid, $"node '{Excerpt.Of(name)}' has no operator");
        }

        Dictionary<string, OnnxAttribute> attributes = new(StringComparer.Ordinal);
        foreach (OnnxAttribute attribute in raw.Attributes)
        {
            OnnxAttribute converted = attribute;
            if (attribute is RawGraphAttribute inner)
            {
                (OnnxGraph graph, List<string> free) = Assemble(inner.Value, scope, $"{name}/{attribute.Name}/");
                converted = new GraphAttribute(attribute.Name, graph);
                used.AddRange(free);
            }
            else if (attribute is ReferenceAttribute reference)
            {
                string who = $"the attribute '{Excerpt.Of(attribute.Name)}' of node '{Excerpt.Of(name)}'";
                problems.Error(Codes.OnnxGraphInvalid, $"{who} refers to '{Excerpt.Of(reference.Of)}' of a function, but is in none");
            }

            if (attribute.Name.Length == 0 || !attributes.TryAdd(attribute.Name, converted))
            {
                problems.Error(Codes.OnnxGraphInvalid, $"node '{Excerpt.Of(name)}' has an attribute without a name, or two named '{Excerpt.Of(attribute.Name)}'");
            }
        }

        return new OnnxNode(name, raw.Domain, raw.OpType, VersionOf(raw, name), [.. raw.Inputs], [.. raw.Outputs], attributes);
    }

    private int VersionOf(RawNode raw, string name)
    {
        if (raw.Opsets is not { } imported || !imported.TryGetValue(raw.Domain, out int version))
        {
            if (!_domainsMissing.TryGetValue(raw.Domain, out List<string>? nodes))
            {
                nodes = [];
                _domainsMissing.Add(raw.Domain, nodes);
            }

            nodes.Add(name);
            return 0;
        }

        if (raw.Domain.Length == 0)
        {
            opsets.CheckStandard(version);
        }

        return version;
    }

    private int[] Order(Dictionary<string, int> producers, List<string>[] used, string[] names)
    {
        int[][] predecessors = [.. used.Select(list => list.Where(producers.ContainsKey).Select(n => producers[n]).ToArray())];
        int[] order = NodeOrder.Sort(predecessors);
        if (order.Length < names.Length)
        {
            // Told in the direction of the data: the first node's result is used by the second.
            IReadOnlyList<int> cycle = [.. NodeOrder.FindCycle(predecessors, order).Reverse()];
            string shown = string.Join(" → ", cycle.Take(MaxCycleShown).Select(i => $"'{Excerpt.Of(names[i])}'"));
            string end = cycle.Count > MaxCycleShown ? $" → … ({cycle.Count} nodes)" : $" → '{Excerpt.Of(names[cycle[0]])}'";
            problems.Error(Codes.OnnxGraphInvalid, $"nodes wait for each other: {shown}{end}");
        }

        return order;
    }

    private static string Of(string place) => place.Length == 0 ? "the graph" : $"the graph '{Excerpt.Of(place.TrimEnd('/'))}'";
}
