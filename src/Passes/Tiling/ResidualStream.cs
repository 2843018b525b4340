using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Tiling;

/// <summary>
/// Follows the residual stream through a decoder: one place in scratch, in which every value of it takes the place of the one before; and beside it
/// at most one branch, a product's result that something else is done with before it is added. Finds an order of the nodes
/// in which nobody reads a value that has gone.
/// </summary>
/// <remarks>
/// <code>
/// x ── norm ── attention ── o ──(+)── norm ── feed-forward ── down ──(+)──   LLaMA: updates
/// x ── norm ── attention ── o ── norm ──(+)──                                Gemma 2: branch, its update, join
/// x ── norm ── attention ── o ──(+)──────────────(+)──                       Phi-2: both norms read x before either update
///  └── norm ── feed-forward ── down ──────────────┘
/// </code>
/// Of the nodes that can be executed next the order takes: what makes codes of a norm's result, other readers of the stream, attention,
/// and then the first in the Graph.
/// </remarks>
internal sealed class ResidualStream
{
    private const string OneStream = "there is one residual stream, and beside it at most one result that is still to be added";

    private readonly GraphRoles _roles;
    private readonly Graph _graph;
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _layersBegun = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofAttention = new(StringComparer.Ordinal);
    private ValueId? _stream;
    private ValueId? _branch;
    private string _lastUpdate = "";

    private ResidualStream(GraphRoles roles)
    {
        (_roles, _graph) = (roles, roles.Graph);
        for (int layer = 0; layer < roles.Attentions.Count; layer++)
        {
            AttentionRole attention = roles.Attentions[layer];
            BeginAt(attention.Codes, layer);
            _ofAttention.Add(attention.Node.Name);
            foreach (HeadRole heads in attention.Heads)
            {
                _ofAttention.UnionWith(new[] { heads.Codes, heads.Norm, heads.Projection }.OfType<Node>().Select(n => n.Name));
            }

            _ofAttention.UnionWith(roles.UsersOf(attention.Node).Where(n => n.Op is Quantize).Select(n => n.Name));
        }

        BeginAt(roles.Head.Operands[0], roles.Attentions.Count);
    }

    /// <summary>All nodes, in an order in which they can be executed.</summary>
    /// <exception cref="CompilationException">There is none (FLC3002), with the node that cannot be executed.</exception>
    public static IReadOnlyList<StreamStep> Of(GraphRoles roles) => new ResidualStream(roles).Order();

    // A layer begins where the codes of its projections are made, or with the norm that these are made of.
    private void BeginAt(ValueId codes, int layer)
    {
        Node node = _graph.NodeOf(codes)!;
        _layersBegun.TryAdd(node.Name, layer);
        if (node.Op is Quantize && _graph.NodeOf(node.Operands[0]) is { Op: RmsNorm or LayerNorm } norm && OnlyMakesCodes(norm))
        {
            _layersBegun.TryAdd(norm.Name, layer);
        }
    }

    private List<StreamStep> Order()
    {
        List<StreamStep> order = [];
        int first = _graph.ValueOfNode(0).Index;
        int[] missing = [.. _graph.Nodes.Select(n => n.Operands.Distinct().Count(o => o.Index >= first))];
        SortedSet<int> ready = [.. Enumerable.Range(0, missing.Length).Where(i => missing[i] == 0)];
        int layer = 0;
        while (ready.Count > 0)
        {
            (int next, StreamKind kind, int best) = (-1, default, int.MaxValue);
            foreach (int i in ready)
            {
                if (KindOf(_graph.Nodes[i]) is { } found && ClassOf(_graph.Nodes[i], found) is var rank && rank < best)
                {
                    (next, kind, best) = (i, found, rank);
                }
            }

            if (next < 0)
            {
                throw Stuck(_graph.Nodes[ready.Min]);
            }

            Node node = _graph.Nodes[next];
            ready.Remove(next);
            layer = _layersBegun.TryGetValue(node.Name, out int begun) ? begun : layer;
            order.Add(new StreamStep(node, kind, layer));
            Follow(node, kind);
            foreach (Node user in _roles.UsersOf(node))
            {
                int number = _roles.ValueOf(user).Index - first;
                if (--missing[number] == 0)
                {
                    ready.Add(number);
                }
            }
        }

        return order;
    }

    private int ClassOf(Node node, StreamKind kind) =>
        node.Op is Quantize && _graph.NodeOf(node.Operands[0]) is { Op: RmsNorm or LayerNorm } && kind == StreamKind.None ? 0
        : kind == StreamKind.Read ? 1
        : _ofAttention.Contains(node.Name) ? 2
        : 3;

    // What a node does; null where it cannot be executed yet.
    private StreamKind? KindOf(Node node)
    {
        return node.Op switch
        {
            Embedding => StreamKind.Begin,
            AddPositions => Only(node, node.Operands[0], StreamKind.Update),
            RmsNormQuantize => node.Operands[0] == _stream ? StreamKind.Read : null,
            RmsNorm { HeadDim: 0 } or LayerNorm when node.Operands[0] == _stream && OnlyMakesCodes(node) => StreamKind.Read,
            RmsNorm { HeadDim: 0 } or LayerNorm => Only(node, node.Operands[0], StreamKind.Update) ?? Only(node, node.Operands[0], StreamKind.UpdateBranch),
            Add => Joined(node),
            Linear { HasResidual: true } op when _roles.RoleOf(node) is LinearRole.AttentionOutput or LinearRole.Down =>
                Only(node, node.Operands[op.ResidualOperand], StreamKind.Update) ?? Only(node, node.Operands[op.ResidualOperand], StreamKind.UpdateBranch),
            Linear { HasResidual: true } => null,
            Linear when _roles.RoleOf(node) is LinearRole.AttentionOutput or LinearRole.Down => _branch is null ? StreamKind.Branch : null,
            Quantize when node.Operands[0] == _stream => StreamKind.Read,
            Quantize when node.Operands[0] == _branch => null,
            _ => StreamKind.None,
        };
    }

    private StreamKind? Joined(Node add)
    {
        (ValueId x, ValueId y) = (add.Operands[0], add.Operands[1]);
        return ((x == _stream && y == _branch) || (y == _stream && x == _branch))
            && HasOnlyUser(_stream!.Value, add) && HasOnlyUser(_branch!.Value, add) ? StreamKind.Join : null;
    }

    // A value that is replaced must not be wanted by anyone else any more.
    private StreamKind? Only(Node node, ValueId replaced, StreamKind kind) =>
        replaced == (kind == StreamKind.Update ? _stream : _branch) && HasOnlyUser(replaced, node) ? kind : null;

    private bool HasOnlyUser(ValueId value, Node node) =>
        _roles.UsersOf(_graph.NodeOf(value)!).All(u => ReferenceEquals(u, node) || _done.Contains(u.Name));

    private bool OnlyMakesCodes(Node norm) => _roles.UsersOf(norm).All(u => u.Op is Quantize);

    private void Follow(Node node, StreamKind kind)
    {
        _done.Add(node.Name);
        if (kind is StreamKind.Begin or StreamKind.Update or StreamKind.Join)
        {
            (_stream, _lastUpdate) = (_roles.ValueOf(node), node.Name);
        }

        _branch = kind is StreamKind.Branch or StreamKind.UpdateBranch ? _roles.ValueOf(node) : kind == StreamKind.Join ? null : _branch;
    }

    private CompilationException Stuck(Node node)
    {
        foreach (Node replaced in node.Operands.Where(o => o == _stream || o == _branch).Select(o => _graph.NodeOf(o)!))
        {
            if (_roles.UsersOf(replaced).FirstOrDefault(u => !ReferenceEquals(u, node) && !_done.Contains(u.Name)) is { } other)
            {
                return GraphRoles.Unknown(node, $"it takes the place of '{replaced.Name}', which '{other.Name}' wants too; {OneStream}");
            }
        }

        Node? gone = _stream is not { } stream ? null : node.Operands.Select(_graph.NodeOf).FirstOrDefault(
            n => n is not null && n.Type.Equals(_graph.TypeOf(stream)) && _roles.ValueOf(n) != stream && _roles.ValueOf(n) != _branch);
        string wanted = gone is null
            ? $"'{_graph.NameOf(node.Operands[0])}' is neither what a step of the residual stream takes nor what can be put beside it"
            : $"it takes '{gone.Name}', which is no longer there once '{_lastUpdate}' is computed";
        return GraphRoles.Unknown(node, $"{wanted}; {OneStream}");
    }
}
