using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>Finds out what the values of a data graph mean, node by node in the order in which they can be executed.</summary>
/// <remarks>
/// A rule that understands a node says what its results mean. What none understands is left, for a later node to be understood together with it: the parts of a norm by the
/// product that ends it, rotated queries by the attention that uses them.
/// </remarks>
internal sealed class Lifter
{
    private static readonly ILiftRule[] Rules =
    [
        new EmbeddingRule(),
        new MovementRule(),
        new LinearRule(),
        new BiasRule(),
        new PositionsRule(),
        new SumRule(),
        new ProductRule(),
        new NormOperatorRule(),
        new NormRule(),
        new NormWeightRule(),
        new EmbeddingScaleRule(),
        new ActivationRule(),
        new AttentionRule(),
    ];

    private readonly Dictionary<string, View> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<OnnxNode, (string Problem, string Help)> _refusals = [];

    private readonly Lifter? _known;
    private readonly Dictionary<ViewIndex, int> _numbers = [];

    private Lifter(Specialisation graph, Lifter? known)
    {
        Graph = graph;
        _known = known;
    }

    /// <summary>The data graph.</summary>
    public Specialisation Graph { get; }

    /// <summary>What was found out by execution, by what was executed.</summary>
    public Dictionary<string, object?> Findings { get; } = new(StringComparer.Ordinal);

    /// <summary>Attention that was found, in order of nodes.</summary>
    public List<AttentionFinding> Attentions { get; } = [];

    /// <summary>Attention that was found for other lengths: it is only confirmed here, which costs little for lengths that are large. Null where it has to be found.</summary>
    public IReadOnlyList<AttentionFinding>? Expected => _known?.Attentions;

    /// <summary>Nodes that almost were understood, and why not.</summary>
    public IReadOnlyDictionary<OnnxNode, (string Problem, string Help)> Refusals => _refusals;

    /// <summary>Goes through a data graph.</summary>
    /// <param name="graph">The data graph.</param>
    /// <param name="inputs">The model's inputs.</param>
    /// <param name="known">What was found for other lengths: here only what depends on positions is looked at again. Null where all is to be found.</param>
    public static Lifter Run(Specialisation graph, DecoderInputs inputs, Lifter? known = null)
    {
        Lifter lifter = new(graph, known);
        foreach (DecoderInput input in inputs.All)
        {
            long[] shape = graph.IsData(input.Name) ? graph.TypeOf(input.Name).Shape : [];
            if (input.Kind == InputKind.TokenIds)
            {
                lifter.Set(input.Name, View.Whole(new IdsTerm(), shape));
            }
            else if (input.Kind == InputKind.Past && known is null)
            {
                lifter.Set(input.Name, View.Whole(new PastTerm(input.Name, (int)shape.Aggregate(1L, (n, d) => n * d)), shape));
            }
        }

        bool isAlike = known is not null;
        foreach (OnnxNode node in graph.Nodes)
        {
            if (!(isAlike && lifter.TakeKnown(node)) && !Array.Exists(Rules, rule => rule.TryLift(node, lifter)))
            {
                // From the first difference on nothing is taken over, so that it is found out how far it reaches.
                isAlike = isAlike && node.Outputs.All(o => known!.ViewOf(o) is null);
            }
        }

        return lifter;
    }

    /// <summary>What a value means, or null.</summary>
    public View? ViewOf(string name) => name.Length == 0 ? null : _views.GetValueOrDefault(Graph.Resolve(name));

    /// <summary>Says what a value means.</summary>
    public void Set(string name, View view) => _views[name] = view;

    /// <summary>A number that tells where elements stand apart from other places; the same for the same object.</summary>
    public int NumberOf(ViewIndex index)
    {
        _numbers.TryAdd(index, _numbers.Count);
        return _numbers[index];
    }

    /// <summary>Notes why a node that almost was understood is not.</summary>
    /// <returns>False.</returns>
    public bool Refuse(OnnxNode node, string problem, string help = "")
    {
        _refusals.TryAdd(node, (problem, help));
        return false;
    }

    // Products, norms and functions of whole rows are for all lengths what they are for one. Attention is not: masks and angles depend on positions.
    private bool TakeKnown(OnnxNode node)
    {
        if (node.Outputs.Count != 1 || _known!.ViewOf(node.Outputs[0]) is not { IsInOrder: true, Term: not (AttentionTerm or PastTerm) } view
            || Count(view.Shape) != (double)_known.Graph.Lengths.Tokens * view.Term.Columns
            || Count(Graph.TypeOf(node.Outputs[0]).Shape) != (double)Graph.Lengths.Tokens * view.Term.Columns)
        {
            return false;
        }

        Set(node.Outputs[0], View.Whole(view.Term, Graph.TypeOf(node.Outputs[0]).Shape));
        return true;
    }

    private static double Count(IReadOnlyList<long> shape) => shape.Aggregate(1.0, (n, d) => n * d);

    /// <summary>What a node adds to or multiplies with a value: the value's view and the constant, in whichever order they stand.</summary>
    public (View View, string Name, Constant Constant)? WithConstant(OnnxNode node)
    {
        if (node.Inputs.Count != 2)
        {
            return null;
        }

        for (int i = 0; i < 2; i++)
        {
            if (ViewOf(node.Inputs[i]) is { } view && Graph.ConstantOf(node.Inputs[1 - i]) is { } constant)
            {
                return (view, node.Inputs[i], constant);
            }
        }

        return null;
    }
}
