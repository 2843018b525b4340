using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Passes.Migration;

/// <summary>
/// Rotates the hidden values between the layers by one orthogonal matrix Q: S. Ashkboos et al., QuaRot, 2024, arXiv 2404.00456. Norms give
/// their weights to the matrices behind them, since only then <c>norm(Q·x) = Q·norm(x)</c>; rows of what adds to the hidden values, and
/// the table, are rotated, and columns of what reads them likewise.
/// </summary>
internal sealed class ResidualRotation
{
    private readonly Graph _graph;
    private readonly IWeights _weights;
    private readonly OrthogonalMatrix _rotation;
    private readonly HashSet<string> _tables;
    private readonly HashSet<ValueId> _hidden = [];
    private readonly Dictionary<string, WeightChange> _changes = new(StringComparer.Ordinal);

    private ResidualRotation(Graph graph, IWeights weights, ulong seed, Node embedding)
    {
        (_graph, _weights) = (graph, weights);
        _rotation = new OrthogonalMatrix((int)embedding.Type.Columns, seed, graph.NameOf(embedding.Operands[1]));
        _tables = [.. graph.Nodes.Where(n => n.Op is Embedding).Select(n => graph.NameOf(n.Operands[1]))];
    }

    /// <summary>The changes, by role.</summary>
    /// <param name="graph">A valid one.</param>
    /// <param name="weights">Its data: weights of norms are read.</param>
    /// <param name="seed">Of the rotation.</param>
    /// <exception cref="CompilationException">The head is the embedding, and the norm before it has a weight that is not the same everywhere, or
    /// hidden values are used otherwise than in a model of norms, products and sums (FLC2003).</exception>
    public static IReadOnlyDictionary<string, WeightChange> Of(Graph graph, IWeights weights, ulong seed)
    {
        Node? embedding = graph.Nodes.FirstOrDefault(n => n.Op is Embedding);
        if (embedding is null)
        {
            throw Impossible("there is no embedding where it could begin", graph.Name);
        }

        ResidualRotation rotation = new(graph, weights, seed, embedding);
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            rotation.Visit(graph.Nodes[i], graph.ValueOfNode(i));
        }

        return rotation._changes;
    }

    private void Visit(Node node, ValueId value)
    {
        bool IsHidden(ValueId operand) => _hidden.Contains(operand);
        switch (node.Op)
        {
            case Embedding:
                Change(_graph.NameOf(node.Operands[1]), new WeightChange(Columns: new BlockRotation(_rotation)), node);
                _hidden.Add(value);
                break;
            case Linear { HasResidual: true } linear when IsHidden(node.Operands[linear.ResidualOperand]) && !IsHidden(node.Operands[0]):
                ChangeRows(node);
                _hidden.Add(value);
                break;
            case Add when node.Operands.Any(IsHidden):
                foreach (ValueId added in node.Operands.Where(o => !IsHidden(o)))
                {
                    ChangeProduct(added, node);
                }

                _hidden.Add(value);
                break;
            case RmsNorm { HeadDim: 0 } or RmsNormQuantize when IsHidden(node.Operands[0]):
                Fold(node, value);
                break;
            default:
                if (node.Operands.Any(IsHidden))
                {
                    throw Impossible($"'{node.Op.Mnemonic}' reads hidden values, and only norms and sums can be rotated", node.Name);
                }

                break;
        }
    }

    private void ChangeProduct(ValueId value, Node sum)
    {
        if (_graph.NodeOf(value) is not { Op: Linear { HasResidual: false } } product || _graph.CountUses()[value.Index] > 1)
        {
            throw Impossible($"'{_graph.NameOf(value)}' is added to hidden values and is no product of its own", sum.Name);
        }

        ChangeRows(product);
    }

    private void ChangeRows(Node product)
    {
        Change(_graph.NameOf(product.Operands[1]), new WeightChange(Rows: new BlockRotation(_rotation)), product);
        if (product.Op is Linear { HasBias: true })
        {
            Change(_graph.NameOf(product.Operands[2]), new WeightChange(Rows: new BlockRotation(_rotation)), product);
        }
    }

    private void Fold(Node node, ValueId value)
    {
        string norm = _graph.NameOf(node.Operands[1]);
        float[] weight = new float[_rotation.Size];
        _weights.Read(norm, 0, weight);
        IReadOnlyList<string> readers = MigrationSites.ReadersOf(_graph, value)
            ?? throw Impossible("what the norm gives is read by more than products", node.Name);
        bool isConstant = !weight.AsSpan().ContainsAnyExcept(weight[0]);
        foreach (string reader in readers.Where(r => !_tables.Contains(r)))
        {
            Change(reader, new WeightChange(Columns: isConstant ? new BlockRotation(_rotation) : new FoldedRotation(weight, _rotation)), node);
        }

        if (isConstant)
        {
            return;
        }

        if (readers.FirstOrDefault(_tables.Contains) is { } tied)
        {
            throw Impossible(
                $"it is embedding and head in one, and the norm '{norm}' before the head has a weight that differs between features: tokens that are looked up would have to be without it",
                tied);
        }

        Change(norm, new WeightChange { Constant = 1 }, node);
    }

    private void Change(string role, WeightChange change, Node node)
    {
        if (!_changes.TryAdd(role, change))
        {
            throw Impossible($"'{role}' is used twice", node.Name);
        }
    }

    private static CompilationException Impossible(string message, string location) => new(
        Codes.QuantisationImpossible, $"hidden values cannot be rotated: {message}", location,
        "say 'rotation: values' in the recipe, or leave the key out");
}
