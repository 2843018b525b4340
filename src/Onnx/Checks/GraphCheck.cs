using Flightc.Diagnostics;
using Flightc.Onnx.Evaluation;
using Flightc.Onnx.Reading;

namespace Flightc.Onnx.Checks;

/// <summary>Walks the nodes of one graph, and of graphs within them, and carries types along.</summary>
internal sealed class GraphCheck
{
    // What is wrong with these is wrong for all extents: they look at the rank alone.
    private static readonly HashSet<string> LookAtRank =
    [
        "ArgMax", "ArgMin", "CumSum", "Flatten", "Hardmax", "LogSoftmax", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
        "ReduceProd", "ReduceSum", "ReduceSumSquare", "Softmax", "Transpose", "Unsqueeze",
    ];

    private static readonly Evaluator Types = new();
    private readonly OnnxGraph _graph;
    private readonly GraphCheck? _outer;
    private readonly Problems _problems;
    private readonly UnknownOperators _unknown;
    private readonly Dictionary<string, KnownValue> _values = new(StringComparer.Ordinal);

    /// <summary>A graph to check.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="outer">The one around it; null for the main graph.</param>
    /// <param name="problems">What is wrong with its nodes.</param>
    /// <param name="unknown">Operators that are not known.</param>
    public GraphCheck(OnnxGraph graph, GraphCheck? outer, Problems problems, UnknownOperators unknown)
    {
        _graph = graph;
        _outer = outer;
        _problems = problems;
        _unknown = unknown;
        foreach (OnnxValue input in graph.Inputs)
        {
            _values[input.Name] = KnownValue.Of(input);
        }

        foreach ((string name, OnnxTensor tensor) in graph.Initializers)
        {
            _values[name] = KnownValue.Of(tensor);
        }
    }

    private bool IsBranch => _outer is not null;

    /// <summary>Checks all nodes.</summary>
    public void Run()
    {
        foreach (OnnxNode node in _graph.Nodes)
        {
            KnownValue?[] inputs = [.. node.Inputs.Select(name => name.Length == 0 ? null : Find(name))];
            KnownValue[] outputs = Check(node, inputs);
            for (int i = 0; i < node.Outputs.Count; i++)
            {
                if (node.Outputs[i].Length > 0)
                {
                    _values[node.Outputs[i]] = i < outputs.Length && outputs[i].ElementType is not null ? outputs[i] : Stated(node.Outputs[i]);
                }
            }
        }
    }

    private KnownValue[] Check(OnnxNode node, KnownValue?[] inputs)
    {
        if (OperatorTable.Find(node.Domain, node.OpType) is not { } definition)
        {
            _unknown.Add(node, inputs.Length == 0 ? "" : $" on {Describe(inputs)}", IsBranch);
            return [];
        }

        foreach (GraphAttribute inner in node.Attributes.Values.OfType<GraphAttribute>().OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            new GraphCheck(inner.Value, this, _problems, _unknown).Run();
        }

        IReadOnlyList<Diagnostic> wrong = NodeCheck.Check(node, [.. inputs.Select(v => v?.ElementType)]);
        foreach (Diagnostic problem in wrong)
        {
            Report(problem, node, $" ({OperatorDefinition.NameOfDomain(node.Domain)} {node.Version}{(inputs.Length == 0 ? "" : $", on {Describe(inputs)}")})");
        }

        if (wrong.Count > 0 || definition.Attributes.Any(a => a.Kind == AttributeKind.Graph))
        {
            return [];
        }

        // Without axes, which extents are 1 decides about the rank.
        bool isOpen = node.OpType == "Squeeze" && node.Inputs.Count == 1 && !node.Attributes.ContainsKey("axes") && !inputs[0]!.IsExact;
        return !isOpen && Array.TrueForAll(inputs, v => v is null || v.Type is not null) ? Infer(node, definition, inputs) : CarryElementTypes(node, definition, inputs);
    }

    private KnownValue[] Infer(OnnxNode node, OperatorDefinition definition, KnownValue?[] inputs)
    {
        bool isExact = Array.TrueForAll(inputs, v => v is null || v.IsExact);
        try
        {
            if (node.Domain.Length == 0 && node.OpType == "Constant")
            {
                return [.. Types.RunNode(node, []).Select(t => t is null ? KnownValue.Nothing : KnownValue.Of(t))];
            }

            IReadOnlyList<OnnxTensorType?> types = Types.ShapeOf(node, [.. inputs.Select(v => v?.Type)], [.. inputs.Select(v => v?.Tensor)]);
            return [.. types.Select(t => t is null ? KnownValue.Nothing : new KnownValue(t.ElementType, t.Shape, isExact, null))];
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic problem in e.Diagnostics.Where(d => Counts(d, node, inputs, isExact)))
            {
                Report(problem, node, isExact ? "" : ", with 1 for extents that are known only when the model runs");
            }

            return CarryElementTypes(node, definition, inputs);
        }
    }

    // A branch that is never taken may hold what does not fit: which one is taken is known only later.
    private void Report(Diagnostic problem, OnnxNode node, string context)
    {
        string message = $"node '{Excerpt.Of(node.Name)}': {problem.Message}{context}";
        if (!IsBranch || problem.Code == Codes.OnnxGraphInvalid)
        {
            _problems.Error(problem.Code, message, problem.Help);
        }
        else if (problem.Code != Codes.OnnxShapeInvalid)
        {
            _problems.Warning(problem.Code, message, problem.Help);
        }
    }

    // Where a value is not known the operator may only have missed it; where an extent is not, it may have disliked the one we took.
    private static bool Counts(Diagnostic problem, OnnxNode node, KnownValue?[] inputs, bool isExact) =>
        isExact
            ? problem.Code != Codes.OnnxOperatorUnsupported || Array.TrueForAll(inputs, v => v is null || v.Tensor is not null)
            : problem.Code == Codes.OnnxShapeInvalid && node.Domain.Length == 0 && LookAtRank.Contains(node.OpType);

    // An output whose type has the name of an input's has its element type.
    private static KnownValue[] CarryElementTypes(OnnxNode node, OperatorDefinition definition, KnownValue?[] inputs)
    {
        KnownValue[] outputs = new KnownValue[Math.Min(node.Outputs.Count, definition.Outputs.Count)];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = KnownValue.Nothing;
            for (int k = 0; k < Math.Min(inputs.Length, definition.Inputs.Count); k++)
            {
                if (definition.Inputs[k].Type == definition.Outputs[i].Type && inputs[k]?.ElementType is { } type)
                {
                    outputs[i] = new KnownValue(type, null, false, null);
                    break;
                }
            }
        }

        return outputs;
    }

    private KnownValue Find(string name)
    {
        for (GraphCheck? graph = this; graph is not null; graph = graph._outer)
        {
            if (graph._values.TryGetValue(name, out KnownValue? value))
            {
                return value;
            }
        }

        return KnownValue.Nothing;
    }

    private KnownValue Stated(string name) => _graph.Values.TryGetValue(name, out OnnxValue? value) ? KnownValue.Of(value) : KnownValue.Nothing;

    private static string Describe(KnownValue?[] inputs)
    {
        const int shown = 8;
        string first = string.Join(", ", inputs.Take(shown).Select(v => v?.ToString() ?? "nothing"));
        return inputs.Length > shown ? $"{first} and {inputs.Length - shown} more" : first;
    }
}
