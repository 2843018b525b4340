using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>What the nodes of a quantised decoder are for: its attentions, its products, its head.</summary>
internal sealed class GraphRoles
{
    private readonly Dictionary<string, LinearRole> _linears = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ValueId> _values = new(StringComparer.Ordinal);
    private readonly List<Node>[] _users;

    private GraphRoles(Graph graph)
    {
        Graph = graph;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            _values.Add(graph.Nodes[i].Name, graph.ValueOfNode(i));
        }

        _users = [.. Enumerable.Range(0, graph.ValueCount).Select(_ => new List<Node>())];
        foreach (Node node in graph.Nodes)
        {
            foreach (ValueId operand in node.Operands.Distinct())
            {
                _users[operand.Index].Add(node);
            }
        }

        Attentions = [.. graph.Nodes.Where(n => n.Op is Attention).Select(AttentionOf)];
        Cap = graph.NodeOf(graph.Outputs[0]) is { Op: SoftCap } cap ? cap : null;
        Head = Cap is null ? graph.NodeOf(graph.Outputs[0])! : Computed(Cap, 0);
        HashSet<Node> projections = [.. Attentions.SelectMany(a => a.Heads).Select(h => h.Projection)];
        foreach (Node linear in graph.Nodes.Where(n => n.Op is Linear))
        {
            _linears.Add(
                linear.Name,
                ReferenceEquals(linear, Head) ? LinearRole.Head
                : projections.Contains(linear) ? LinearRole.Projection
                : UsersOf(linear).Any(u => u.Op is Activation or GatedActivation) ? LinearRole.Gate
                : graph.NodeOf(linear.Operands[0]) is { Op: Quantize } codes && graph.NodeOf(codes.Operands[0]) is { } made
                    ? made.Op switch
                    {
                        Attention => LinearRole.AttentionOutput,
                        Activation or GatedActivation => LinearRole.Down,
                        _ => throw Unknown(linear, $"it multiplies '{made.Name}', a {made.Op.Mnemonic}, and makes neither heads nor logits"),
                    }
                : throw Unknown(linear, "it is no projection, no part of a feed-forward layer and no head"));
        }
    }

    /// <summary>The Graph.</summary>
    public Graph Graph { get; }

    /// <summary>All attentions, in order.</summary>
    public IReadOnlyList<AttentionRole> Attentions { get; }

    /// <summary>The product that makes logits.</summary>
    public Node Head { get; }

    /// <summary>What caps the logits; null where nothing does.</summary>
    public Node? Cap { get; }

    /// <summary>Finds out what nodes are for.</summary>
    /// <param name="graph">Behind all passes.</param>
    /// <exception cref="CompilationException">It is no quantised decoder (FLC3002), with the node that is to blame.</exception>
    public static GraphRoles Of(Graph graph)
    {
        int embeddings = graph.Nodes.Count(n => n.Op is Embedding);
        if (embeddings != 1 || graph.Outputs.Count != 1 || !graph.Nodes.Any(n => n.Op is Attention))
        {
            throw Unknown($"it has {embeddings} embeddings, {graph.Outputs.Count} results and {graph.Nodes.Count(n => n.Op is Attention)} attentions; a decoder has one embedding, its logits alone as a result, and attention");
        }

        if (graph.Nodes.FirstOrDefault(n => n.Op is Linear && graph.TypeOf(n.Operands[0]).Element != ElementType.I8T) is { } ofFloats)
        {
            throw Unknown(ofFloats, $"'{graph.NameOf(ofFloats.Operands[1])}' is no quantised weight");
        }

        if (graph.NodeOf(graph.Outputs[0])!.Op is not (Linear or SoftCap))
        {
            throw Unknown(graph.NodeOf(graph.Outputs[0])!, "logits are made by a product, capped or not");
        }

        return new GraphRoles(graph);
    }

    /// <summary>What a product is for.</summary>
    public LinearRole RoleOf(Node linear) => _linears[linear.Name];

    /// <summary>All nodes that use a node's result.</summary>
    public IReadOnlyList<Node> UsersOf(Node node) => _users[ValueOf(node).Index];

    /// <summary>A node's result.</summary>
    public ValueId ValueOf(Node node) => _values[node.Name];

    /// <summary>The node that computes an operand.</summary>
    /// <exception cref="CompilationException">It is not computed (FLC3002).</exception>
    public Node Computed(Node node, int operand) =>
        Graph.NodeOf(node.Operands[operand]) ?? throw Unknown(node, $"its operand '{Graph.NameOf(node.Operands[operand])}' is not computed");

    /// <summary>The matrix of a product.</summary>
    /// <exception cref="CompilationException">It is no quantised weight (FLC3002).</exception>
    public Weight MatrixOf(Node linear) =>
        Graph.WeightOf(linear.Operands[1]) is { Format: not null } weight ? weight
            : throw Unknown(linear, $"'{Graph.NameOf(linear.Operands[1])}' is no quantised weight");

    /// <summary>The bias of a product, or null.</summary>
    public Weight? BiasOf(Node linear) => linear.Op is Linear { HasBias: true } ? Graph.WeightOf(linear.Operands[2]) : null;

    private AttentionRole AttentionOf(Node attention)
    {
        HeadRole[] heads = [.. Enumerable.Range(0, 3).Select(i => HeadsOf(attention, i))];
        return heads.Select(h => h.Projection.Operands[0]).Distinct().Count() == 1
            ? new AttentionRole(attention, heads)
            : throw Unknown(attention, "its queries, keys and values are not projections of the same activations");
    }

    private HeadRole HeadsOf(Node attention, int number)
    {
        Node codes = Computed(attention, number);
        if (codes.Op is not (RotaryQuantize or QuantizeHeads))
        {
            throw Unknown(attention, $"its operand '{codes.Name}' is a {codes.Op.Mnemonic}; codes of heads are wanted");
        }

        Node made = Computed(codes, 0);
        Node? norm = made.Op is RmsNorm { HeadDim: > 0 } ? made : null;
        Node projection = norm is null ? made : Computed(norm, 0);
        if (norm?.Op is RmsNorm rms && rms.HeadDim != ((Attention)attention.Op).HeadDim)
        {
            throw Unknown(norm, $"it normalises {rms.HeadDim} elements at a time, and heads have {((Attention)attention.Op).HeadDim}");
        }

        return projection.Op is not Linear { HasResidual: false } ? throw Unknown(codes, $"it rotates or quantises '{projection.Name}', a {projection.Op.Mnemonic}; the result of a projection is wanted")
            : UsersOf(projection).Count > 1 || (norm is not null && UsersOf(norm).Count > 1) || UsersOf(codes).Count > 1
                ? throw Unknown(projection, "its heads are used more than once")
            : new HeadRole(codes, norm, projection);
    }

    /// <summary>The refusal of a Graph that the mapping does not know.</summary>
    public static CompilationException Unknown(string why) => new(
        Codes.ScheduleInvalid, $"the graph cannot be mapped: {why}",
        help: "compile a decoder of a family that docs/models.md lists, with the full pass pipeline");

    /// <summary>The refusal of a Graph because of a node.</summary>
    public static CompilationException Unknown(Node node, string why) => new(
        Codes.ScheduleInvalid, $"the {node.Op.Mnemonic} cannot be mapped: {why}", node.Name,
        "compile a decoder of a family that docs/models.md lists, with the full pass pipeline");
}
