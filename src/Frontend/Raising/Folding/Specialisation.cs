using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>A graph for given lengths: everything that follows from them is a constant, and what is left is the data graph.</summary>
/// <remarks>
/// Shape arithmetic, masks, positions, tables of angles and conditions depend on lengths alone: they are evaluated when somebody asks. Branches of <c>If</c> are chosen.
/// Operators that stand for several are written out (<see cref="Expansions"/>). Equal constants are one, so that what layers repeat is evaluated once.
/// </remarks>
internal sealed class Specialisation
{
    // Up to here constants are evaluated at once, so that chains of them never grow deep.
    private const long SmallElements = 1 << 12;

    private const int DeepestBranch = 64;

    private readonly Dictionary<string, Constant> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxTensorType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxNode> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _order = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Constant[]> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<Constant, int> _numbers = [];
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];
    private readonly DiagnosticBag _bag = new();
    private readonly Dictionary<string, string> _renamed = new(StringComparer.Ordinal);

    private readonly HashSet<string> _used;

    private Specialisation(Lengths lengths, IReadOnlySet<string> used)
    {
        Lengths = lengths;
        _used = [.. used];
    }

    /// <summary>The lengths.</summary>
    public Lengths Lengths { get; }

    /// <summary>Executes nodes.</summary>
    public Evaluator Evaluator { get; } = new();

    /// <summary>The data graph, in an order in which it can be executed.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>Specialises a graph.</summary>
    /// <param name="graph">The model's graph.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="used">The names on which the logits depend.</param>
    /// <param name="lengths">For these lengths.</param>
    /// <exception cref="CompilationException">Nodes that cannot be specialised, all of them.</exception>
    public static Specialisation Of(OnnxGraph graph, DecoderInputs inputs, IReadOnlySet<string> used, Lengths lengths)
    {
        Specialisation result = new(lengths, used);
        foreach (DecoderInput input in inputs.All)
        {
            if (inputs.Known(input, lengths) is { } value)
            {
                result._constants[input.Name] = new Constant(value, input.Name);
            }
            else
            {
                result._types[input.Name] = inputs.TypeOf(input, lengths);
            }
        }

        result.AddInitializers(graph, used);
        foreach (OnnxNode node in graph.Nodes.Where(n => n.Outputs.Any(used.Contains)))
        {
            result.Visit(node, 0);
        }

        result._bag.ThrowIfErrors();
        return result;
    }

    /// <summary>The constant of a name, or null where the value depends on data or is left out.</summary>
    public Constant? ConstantOf(string name) => name.Length == 0 ? null : _constants.GetValueOrDefault(Resolve(name));

    /// <summary>Whether a name is a value that depends on data.</summary>
    public bool IsData(string name) => name.Length > 0 && _types.ContainsKey(Resolve(name));

    /// <summary>The type of a value that is there.</summary>
    public OnnxTensorType TypeOf(string name) => _types.TryGetValue(Resolve(name), out OnnxTensorType? type) ? type : ConstantOf(name)!.Type;

    /// <summary>The types of a node's results, by the rules of its operator.</summary>
    /// <param name="node">Its inputs are there.</param>
    /// <exception cref="CompilationException">The node breaks them (FLC15xx).</exception>
    public IReadOnlyList<OnnxTensorType?> TypesOf(OnnxNode node) => Evaluator.ShapeOf(
        node, [.. node.Inputs.Select(i => i.Length == 0 ? null : TypeOf(i))], [.. node.Inputs.Select(i => KnownOf(ConstantOf(i)))]);

    /// <summary>The node that makes a value of the data graph; null for inputs.</summary>
    public OnnxNode? ProducerOf(string name) => _producers.GetValueOrDefault(Resolve(name));

    /// <summary>Where a node stands among <see cref="Nodes"/>.</summary>
    public int OrderOf(OnnxNode node) => _order[node.Outputs.First(o => o.Length > 0)];

    /// <summary>A value's name behind nodes that only pass it on.</summary>
    public string Resolve(string name) => _renamed.GetValueOrDefault(name, name);

    /// <summary>A number that is equal for equal constants.</summary>
    public int NumberOf(Constant constant) => _numbers[constant];

    /// <summary>Declares a constant that an expansion needs.</summary>
    public void Add(string name, OnnxTensor value) => _constants[name] = Intern(new Constant(value, name));

    private void AddInitializers(OnnxGraph graph, IReadOnlySet<string> used)
    {
        foreach (Constant input in _constants.Values.ToArray())
        {
            _constants[input.Name] = Intern(input);
        }

        foreach ((string name, OnnxTensor tensor) in graph.Initializers)
        {
            if (used.Contains(name))
            {
                _constants[name] = Intern(new Constant(tensor, name));
            }
        }
    }

    private Constant Intern(Constant constant)
    {
        string key = NodeKey.OfTensor(constant.Value) ?? $"={constant.Name}";
        if (!_known.TryGetValue(key, out Constant[]? known))
        {
            _known[key] = known = [constant];
            _numbers[constant] = _numbers.Count;
        }

        return known[0];
    }

    private void Visit(OnnxNode node, int depth)
    {
        try
        {
            // What depends on a node that failed has been told enough of.
            if (node.Inputs.Any(_failed.Contains))
            {
                _failed.UnionWith(node.Outputs.Where(o => o.Length > 0));
                return;
            }

            VisitSound(node, depth);
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic diagnostic in e.Diagnostics)
            {
                _bag.Add(diagnostic);
            }

            _failed.UnionWith(node.Outputs.Where(o => o.Length > 0));
        }
    }

    private void VisitSound(OnnxNode node, int depth)
    {
        OnnxNode named = node with { Inputs = [.. node.Inputs.Select(Resolve)] };
        if (node.Domain.Length == 0 && node.OpType == "If")
        {
            TakeBranch(named, depth);
        }
        else if (!named.Inputs.Any(IsData))
        {
            AddConstant(named);
        }
        else if (node.Domain.Length == 0 && node.OpType is "Shape" or "Size")
        {
            OnnxTensorType type = TypeOf(named.Inputs[0]);
            OnnxTensor stand = new(type.ElementType, type.Shape, new ShapeOnlyBytes(type.ElementType.ByteCount(type.ElementCount)));
            Add(node.Outputs[0], Evaluator.RunNode(named, [stand])[0]!);
        }
        else if (Expansions.Expand(named, this) is { } expanded)
        {
            foreach (OnnxNode part in expanded)
            {
                Visit(part, depth);
            }
        }
        else
        {
            AddData(named);
        }
    }

    private void AddConstant(OnnxNode node)
    {
        Constant?[] inputs = [.. node.Inputs.Select(ConstantOf)];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is null && node.Inputs[i].Length > 0)
            {
                throw new CompilationException(Codes.OnnxGraphInvalid, $"'{Excerpt.Of(node.Inputs[i])}' is defined nowhere", node.Name);
            }
        }

        string? operation = NodeKey.OfOperator(node);
        string? key = operation is null ? null : $"{operation}({string.Join(',', inputs.Select(i => i is null ? -1 : _numbers[i]))})";
        if (key is null || !_known.TryGetValue(key, out Constant[]? results))
        {
            results = Evaluated(node, inputs);
            foreach (Constant result in results)
            {
                _numbers[result] = _numbers.Count;
            }

            if (key is not null)
            {
                _known[key] = results;
            }
        }

        int next = 0;
        foreach (string output in node.Outputs.Where(o => o.Length > 0))
        {
            _constants[output] = results[next++];
        }
    }

    private Constant[] Evaluated(OnnxNode node, Constant?[] inputs)
    {
        ConstantNode shared = new(node, inputs, Evaluator);
        bool isSmall = inputs.Sum(i => i?.Type.ElementCount ?? 0) <= SmallElements;
        IReadOnlyList<OnnxTensorType?> types = isSmall && node.OpType is not ("ConstantOfShape" or "Expand" or "Tile" or "Range")
            ? [.. shared.Results.Select(r => r is null ? null : OnnxTensorType.Of(r))]
            : Evaluator.ShapeOf(node, [.. inputs.Select(i => i?.Type)], [.. inputs.Select(KnownOf)]);
        return [.. types.Select((t, i) => (t, i)).Where(p => p.t is not null && node.Outputs[p.i].Length > 0)
            .Select(p => new Constant(shared, p.i, p.t!, node.Outputs[p.i]))];
    }

    private void AddData(OnnxNode node)
    {
        IReadOnlyList<OnnxTensorType?> types = TypesOf(node);
        for (int i = 0; i < types.Count; i++)
        {
            if (types[i] is { } type && node.Outputs[i].Length > 0)
            {
                _types[node.Outputs[i]] = type;
                _producers[node.Outputs[i]] = node;
                _order[node.Outputs[i]] = _nodes.Count;
            }
        }

        _nodes.Add(node);
    }

    // Shapes and axes are small; whatever is larger is never needed to know a type.
    private static OnnxTensor? KnownOf(Constant? constant) => constant?.Type.ElementCount <= SmallElements ? constant.Value : null;

    private void TakeBranch(OnnxNode node, int depth)
    {
        if (ConstantOf(node.Inputs[0]) is not { } condition || depth >= DeepestBranch)
        {
            throw new CompilationException(
                Codes.OnnxModelUnsupported, "the condition of If depends on tokens or on what was computed from them; one that follows from lengths is wanted",
                node.Name, "export the model without control flow that depends on data");
        }

        string name = TensorElements.ToBools(condition.Value)[0] ? "then_branch" : "else_branch";
        if (node.Attributes.GetValueOrDefault(name) is not GraphAttribute { Value: { } branch } || branch.Outputs.Count < node.Outputs.Count)
        {
            throw new CompilationException(Codes.OnnxGraphInvalid, $"If lacks '{name}', or it has too few outputs", node.Name);
        }

        // Names of a branch may be those of another branch.
        string prefix = $"{node.Outputs.First(o => o.Length > 0)}/{name}/";
        Dictionary<string, string> inner = new(StringComparer.Ordinal);
        foreach (string defined in branch.Initializers.Keys.Concat(branch.Nodes.SelectMany(n => n.Outputs)).Where(o => o.Length > 0))
        {
            inner[defined] = prefix + defined;
        }

        foreach ((string initializer, OnnxTensor tensor) in branch.Initializers)
        {
            Add(inner[initializer], tensor);
        }

        // Of a branch too only that is looked at on which the logits depend: keys and values that it gives for the next step are nobody's business here.
        HashSet<string> used = Reachability.Of(branch, branch.Outputs.Where((_, i) => i < node.Outputs.Count && _used.Contains(node.Outputs[i])).Select(o => o.Name));
        _used.UnionWith(used.Select(name => inner.GetValueOrDefault(name, name)));
        foreach (OnnxNode part in branch.Nodes.Where(n => n.Outputs.Any(used.Contains)))
        {
            Visit(BranchNames.Rename(part, inner), depth + 1);
        }

        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (_used.Contains(node.Outputs[i]))
            {
                Alias(node.Outputs[i], inner.GetValueOrDefault(branch.Outputs[i].Name, branch.Outputs[i].Name));
            }
        }
    }

    private void Alias(string name, string target)
    {
        target = Resolve(target);
        if (_failed.Contains(target))
        {
            _failed.Add(name);
        }

        _renamed[name] = target;
    }
}
