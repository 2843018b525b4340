using Flightc.Diagnostics;

namespace Flightc.Onnx.Reading;

/// <summary>Puts the bodies of a model's functions in place of their calls.</summary>
/// <remarks>
/// <code>
/// y = my.Gate(x)  {up: 2}             Gate/s = Sigmoid(x)
/// my.Gate(a) => (b):              =>  Gate/c = Constant(value_int = 2)
///   s = Sigmoid(a)                    …
///   c = Constant(value_int = @up)
/// </code>
/// All names of a body, also those of graphs within its nodes, become fresh ones, so a body can neither hide nor catch a name of its caller. Attributes that
/// refer to the call's take its value, or the function's default, or are left out. A function of an operator's name goes before the operator. Functions cannot call
/// themselves; what few functions can blow up to (ten calls in each of ten functions are ten billion nodes) is bounded.
/// </remarks>
internal sealed class FunctionInliner
{
    // Real models stay far below: each bounds time and memory of a file made to exhaust them.
    private const int MaxNodes = 1 << 18;
    private const long MaxNameCharacters = 1 << 26;
    private const int MaxDepth = 64;

    private readonly RawModel _model;
    private readonly Problems _problems;
    private readonly Dictionary<(string Domain, string Name, string Overload), RawFunction> _functions = [];
    private readonly FreshNames _names = new();
    private readonly List<RawFunction> _calls = [];
    private int _nodes;
    private long _characters;

    private FunctionInliner(RawModel model, Problems problems)
    {
        _model = model;
        _problems = problems;
    }

    /// <summary>Rewrites the nodes of the model's graph. Opset versions are attached to all nodes.</summary>
    /// <exception cref="CompilationException">A function calls itself, or the limits are passed (FLC1502).</exception>
    public static void Run(RawModel model, RawGraph graph, Problems problems)
    {
        FunctionInliner inliner = new(model, problems);
        foreach (RawFunction function in model.Functions)
        {
            if (!inliner._functions.TryAdd((function.Domain, function.Name, function.Overload), function))
            {
                problems.Error(Codes.OnnxGraphInvalid, $"the function '{Excerpt.Of(function.FullName)}' is defined twice");
            }
        }

        if (model.Functions.Count > 0)
        {
            inliner._names.Take(graph);
        }

        inliner.Expand(graph, model.Opsets, 0);
    }

    private void Expand(RawGraph graph, IReadOnlyDictionary<string, int> opsets, int depth)
    {
        List<RawNode> nodes = Expand(graph.Nodes, opsets, depth);
        if (!ReferenceEquals(nodes, graph.Nodes))
        {
            graph.Nodes.Clear();
            graph.Nodes.AddRange(nodes);
        }
    }

    // The same list where nothing is called.
    private List<RawNode> Expand(List<RawNode> nodes, IReadOnlyDictionary<string, int> opsets, int depth)
    {
        if (depth > MaxDepth)
        {
            throw Invalid($"functions and graphs are nested more than {MaxDepth} deep");
        }

        bool calls = _functions.Count > 0 && nodes.Exists(n => _functions.ContainsKey((n.Domain, n.OpType, n.Overload)));
        List<RawNode> expanded = calls ? [] : nodes;
        foreach (RawNode node in nodes)
        {
            // A graph that a call hands to a function keeps the versions of where it was written.
            node.Opsets ??= opsets;
            foreach (RawGraphAttribute inner in node.Attributes.OfType<RawGraphAttribute>())
            {
                Expand(inner.Value, opsets, depth + 1);
            }

            if (!calls)
            {
                continue;
            }

            if (_functions.TryGetValue((node.Domain, node.OpType, node.Overload), out RawFunction? function))
            {
                expanded.AddRange(Call(node, function, depth + 1));
            }
            else
            {
                expanded.Add(node);
            }
        }

        return expanded;
    }

    private List<RawNode> Call(RawNode call, RawFunction function, int depth)
    {
        int first = _calls.IndexOf(function);
        if (first >= 0)
        {
            string circle = string.Join(" → ", _calls.Skip(first).Append(function).Select(f => $"'{Excerpt.Of(f.FullName)}'"));
            throw Invalid($"functions call themselves: {circle}");
        }

        if (call.Inputs.Count > function.Inputs.Count || call.Outputs.Count > function.Outputs.Count)
        {
            string given = $"node '{Excerpt.Of(call.Name)}' calls '{Excerpt.Of(function.FullName)}' with {call.Inputs.Count} inputs and {call.Outputs.Count} outputs";
            throw Invalid($"{given}; it has {function.Inputs.Count} and {function.Outputs.Count}");
        }

        _calls.Add(function);
        Dictionary<string, int> opsets = new(_model.Opsets, StringComparer.Ordinal);
        foreach ((string domain, int version) in function.Opsets)
        {
            opsets[domain] = version;
        }

        List<RawNode> body = Expand(Instantiate(call, function), opsets, depth);
        _calls.RemoveAt(_calls.Count - 1);
        return body;
    }

    private List<RawNode> Instantiate(RawNode call, RawFunction function)
    {
        Count(1, 0);
        string prefix = call.Name.Length > 0 ? call.Name : call.OpType;
        FunctionScope scope = new(null);
        for (int i = 0; i < function.Inputs.Count; i++)
        {
            Define(scope, function, function.Inputs[i], i < call.Inputs.Count ? call.Inputs[i] : "");
        }

        List<string> results = [.. function.Nodes.SelectMany(n => n.Outputs).Where(n => n.Length > 0).Distinct(StringComparer.Ordinal)];
        HashSet<string> produced = new(results, StringComparer.Ordinal);
        List<(string Formal, string Actual)> passed = [];
        for (int i = 0; i < Math.Min(call.Outputs.Count, function.Outputs.Count); i++)
        {
            (string formal, string actual) = (function.Outputs[i], call.Outputs[i]);
            if (actual.Length > 0 && !(produced.Contains(formal) && scope.Define(formal, actual)))
            {
                // An input handed through, or a value that is two outputs.
                passed.Add((formal, actual));
            }
        }

        foreach (string name in results.Where(n => scope.Find(n) is null))
        {
            scope.Define(name, Fresh(prefix, name));
        }

        Dictionary<string, OnnxAttribute> attributes = new(StringComparer.Ordinal);
        foreach (OnnxAttribute attribute in function.Defaults.Concat(call.Attributes))
        {
            attributes[attribute.Name] = attribute;
        }

        return
        [
            .. function.Nodes.Select(n => Copy(n, prefix, scope, attributes, function)),
            .. passed.Select(p => Identity(Use(p.Formal, scope, function), p.Actual)),
        ];
    }

    private RawNode Copy(RawNode node, string prefix, FunctionScope scope, Dictionary<string, OnnxAttribute> attributes, RawFunction function)
    {
        string name = $"{prefix}/{(node.Name.Length > 0 ? node.Name : node.OpType)}";
        Count(1, name.Length);
        RawNode copy = new() { Name = name, Domain = node.Domain, OpType = node.OpType, Overload = node.Overload };
        copy.Inputs.AddRange(node.Inputs.Select(n => Use(n, scope, function)));
        copy.Outputs.AddRange(node.Outputs.Select(n => Use(n, scope, function)));
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            switch (attribute)
            {
                case RawGraphAttribute graph:
                    copy.Attributes.Add(graph with { Value = Copy(graph.Value, prefix, scope, attributes, function) });
                    break;
                case ReferenceAttribute reference:
                    if (attributes.TryGetValue(reference.Of, out OnnxAttribute? value))
                    {
                        copy.Attributes.Add(value with { Name = reference.Name });
                    }

                    break;
                default:
                    copy.Attributes.Add(attribute);
                    break;
            }
        }

        return copy;
    }

    private RawGraph Copy(RawGraph graph, string prefix, FunctionScope outer, Dictionary<string, OnnxAttribute> attributes, RawFunction function)
    {
        FunctionScope scope = new(outer);
        foreach (string name in FreshNames.Definitions(graph))
        {
            // What is defined twice is found once the calls are gone.
            scope.Define(name, Fresh(prefix, name));
        }

        RawGraph copy = new() { Name = graph.Name };
        copy.Inputs.AddRange(graph.Inputs.Select(Renamed));
        copy.Outputs.AddRange(graph.Outputs.Select(Renamed));
        copy.Values.AddRange(graph.Values.Where(v => scope.Find(v.Name) is not null).Select(Renamed));
        copy.Initializers.AddRange(graph.Initializers.Select(t => new OnnxTensor(t.ElementType, [.. t.Shape], t.Data, Use(t.Name, scope, function))));
        copy.Nodes.AddRange(graph.Nodes.Select(n => Copy(n, prefix, scope, attributes, function)));
        Count(0, copy.Values.Count + copy.Inputs.Count + copy.Outputs.Count);
        return copy;

        OnnxValue Renamed(OnnxValue value) => value with { Name = Use(value.Name, scope, function) };
    }

    private static RawNode Identity(string from, string to)
    {
        RawNode node = new() { Name = $"{to}/Identity", OpType = "Identity" };
        node.Inputs.Add(from);
        node.Outputs.Add(to);
        return node;
    }

    private void Define(FunctionScope scope, RawFunction function, string name, string becomes)
    {
        if (!scope.Define(name, becomes))
        {
            throw Invalid($"the function '{Excerpt.Of(function.FullName)}' has two inputs '{Excerpt.Of(name)}'");
        }
    }

    private string Use(string name, FunctionScope scope, RawFunction function)
    {
        if (name.Length == 0)
        {
            return name;
        }

        if (scope.Find(name) is { } found)
        {
            return found;
        }

        _problems.Error(Codes.OnnxGraphInvalid, $"the function '{Excerpt.Of(function.FullName)}' uses '{Excerpt.Of(name)}', which nothing in it defines");
        return name;
    }

    private string Fresh(string prefix, string name)
    {
        Count(0, prefix.Length + name.Length);
        return _names.Next($"{prefix}/{name}");
    }

    private void Count(int nodes, int characters)
    {
        _nodes += nodes;
        _characters += characters;
        if (_nodes > MaxNodes || _characters > MaxNameCharacters)
        {
            throw Invalid($"the calls of functions become more than {MaxNodes} nodes, or names of more than {MaxNameCharacters} letters");
        }
    }

    private CompilationException Invalid(string message) => new(Codes.OnnxGraphInvalid, message, _problems.Path, "export the model again, without local functions if the exporter can");
}
