using Flightc.IR;

namespace Flightc.Passes.Migration;

/// <summary>Finds the values of a Graph, float or quantised, fused or not, whose features can be scaled.</summary>
internal sealed class MigrationSites
{
    private readonly Graph _graph;
    private readonly ILookup<ValueId, Node> _readers;
    private readonly HashSet<string> _shared;

    private MigrationSites(Graph graph)
    {
        _graph = graph;
        _readers = graph.Nodes.SelectMany(n => n.Operands.Distinct().Select(o => (Operand: o, Node: n))).ToLookup(u => u.Operand, u => u.Node);
        int[] uses = graph.CountUses();
        _shared = [.. Enumerable.Range(0, uses.Length).Where(i => uses[i] > 1).Select(i => graph.NameOf(new ValueId(i)))];
    }

    /// <summary>The sites, in order of the Graph.</summary>
    /// <param name="graph">A valid one.</param>
    public static IReadOnlyList<MigrationSite> Of(Graph graph)
    {
        MigrationSites sites = new(graph);
        return [.. Enumerable.Range(0, graph.Nodes.Count).Select(sites.At).OfType<MigrationSite>()];
    }

    /// <summary>The matrices of the products that read a value, through its codes; null where anything else reads it too.</summary>
    /// <param name="graph">A valid one.</param>
    /// <param name="value">The value.</param>
    public static IReadOnlyList<string>? ReadersOf(Graph graph, ValueId value) => new MigrationSites(graph).MatricesOf(value);

    private MigrationSite? At(int index)
    {
        Node node = _graph.Nodes[index];
        ValueId value = _graph.ValueOfNode(index);
        string? maker = node.Op switch
        {
            RmsNorm { HeadDim: 0 } or RmsNormQuantize or LayerNorm => _graph.NameOf(node.Operands[1]),
            Attention => MatrixBehind(node.Operands[2]),
            GatedActivation => MatrixBehind(node.Operands[1]),
            Mul => GateOf(node) is { } gate ? MatrixBehind(node.Operands[1 - gate]) : null,
            _ => null,
        };
        if (maker is null || _shared.Contains(maker) || MatricesOf(value) is not { } readers || readers.Any(_shared.Contains))
        {
            return null;
        }

        MigrationSite site = new(node.Name, readers, maker, (int)node.Type.Columns);
        return node.Op is Attention attention ? site with { Heads = attention.Heads, KvHeads = attention.KvHeads } : site;
    }

    // Which operand of a product of gate and values has gone through the gate's function.
    private int? GateOf(Node mul)
    {
        int gate = mul.Operands.ToList().FindIndex(o => _graph.NodeOf(o)?.Op is Activation);
        return gate < 0 ? null : gate;
    }

    // The matrix of a product that nothing else reads.
    private string? MatrixBehind(ValueId value)
    {
        for (Node? node = _graph.NodeOf(value); node is not null && !_shared.Contains(node.Name); node = _graph.NodeOf(node.Operands[0]))
        {
            if (node.Op is Linear { HasResidual: false })
            {
                return _graph.NameOf(node.Operands[1]);
            }

            if (node.Op is not QuantizeHeads)
            {
                break;
            }
        }

        return null;
    }

    private List<string>? MatricesOf(ValueId value)
    {
        List<string> matrices = [];
        bool isOutput = _graph.Outputs.Contains(value);
        foreach (Node reader in _readers[value])
        {
            if (reader.Op is Linear && reader.Operands[0] == value && reader.Operands.Count(o => o == value) == 1)
            {
                matrices.Add(_graph.NameOf(reader.Operands[1]));
            }
            else if (reader.Op is Quantize && MatricesOf(ValueOf(reader)) is { } behind)
            {
                matrices.AddRange(behind);
            }
            else
            {
                return null;
            }
        }

        return isOutput || matrices.Count == 0 ? null : matrices;
    }

    private ValueId ValueOf(Node node) =>
        _graph.ValueOfNode(Enumerable.Range(0, _graph.Nodes.Count).First(i => ReferenceEquals(_graph.Nodes[i], node)));
}
