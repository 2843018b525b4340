using System.Globalization;
using Flightc.IR;

namespace Flightc.Passes;

/// <summary>Rebuilds a graph node by node; a rule may put something else in a node's place.</summary>
/// <remarks>
/// Rules look at the source graph and build in the new one: <see cref="Map"/> leads from the former to the
/// latter. Nodes and weights that nothing uses any more are left out of the result.
/// </remarks>
internal sealed class GraphRewriter
{
    private readonly Graph _source;
    private readonly GraphBuilder _builder;
    private readonly ValueId?[] _mapped;
    private readonly HashSet<string> _names;

    private GraphRewriter(Graph source)
    {
        _source = source;
        _builder = new GraphBuilder(source.Name, source.ContextLength);
        _mapped = new ValueId?[source.ValueCount];
        _names = new(
            Enumerable.Range(0, source.ValueCount).Select(i => source.NameOf(new ValueId(i))),
            StringComparer.Ordinal);
    }

    /// <summary>Applies a rule to every node in order.</summary>
    /// <param name="source">The graph before.</param>
    /// <param name="rule">The value that takes the node's place, or null to keep the node.</param>
    /// <param name="weights">What becomes of each weight; null to keep all as they are.</param>
    public static Graph Rewrite(
        Graph source, Func<Node, GraphRewriter, ValueId?> rule, Func<Weight, Weight>? weights = null)
    {
        GraphRewriter rewriter = new(source);
        for (int i = 0; i < source.Inputs.Count; i++)
        {
            rewriter._mapped[i] = rewriter._builder.Input(source.Inputs[i].Name, source.Inputs[i].Type);
        }

        for (int i = 0; i < source.Weights.Count; i++)
        {
            Weight weight = source.Weights[i];
            rewriter._mapped[source.Inputs.Count + i] = rewriter._builder.Weight(
                weights is null ? weight : weights(weight));
        }

        for (int i = 0; i < source.Nodes.Count; i++)
        {
            Node node = source.Nodes[i];
            rewriter.NodeIndex = i;
            rewriter._mapped[source.ValueOfNode(i).Index] = rule(node, rewriter) ?? rewriter.Add(
                node.Name, node.Op, node.Operands);
        }

        return WithoutDead(rewriter._builder.Build([.. source.Outputs.Select(rewriter.Map)]));
    }

    /// <summary>The graph without nodes and weights that no output needs; weights in order of first use.</summary>
    public static Graph WithoutDead(Graph graph)
    {
        bool[] live = new bool[graph.ValueCount];
        foreach (ValueId output in graph.Outputs)
        {
            live[output.Index] = true;
        }

        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            if (live[graph.ValueOfNode(i).Index])
            {
                foreach (ValueId operand in graph.Nodes[i].Operands)
                {
                    live[operand.Index] = true;
                }
            }
        }

        GraphBuilder builder = new(graph.Name, graph.ContextLength);
        ValueId[] mapped = new ValueId[graph.ValueCount];
        for (int i = 0; i < graph.Inputs.Count; i++)
        {
            mapped[i] = builder.Input(graph.Inputs[i].Name, graph.Inputs[i].Type);
        }

        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Node node = graph.Nodes[i];
            ValueId self = graph.ValueOfNode(i);
            if (live[self.Index])
            {
                mapped[self.Index] = builder.Node(node.Name, node.Op, [.. node.Operands.Select(Operand)]);
            }
        }

        return builder.Build([.. graph.Outputs.Select(o => mapped[o.Index])]);

        ValueId Operand(ValueId value) =>
            graph.WeightOf(value) is { } weight ? builder.Weight(weight) : mapped[value.Index];
    }

    /// <summary>The number of the node that the rule is looking at.</summary>
    public int NodeIndex { get; private set; }

    /// <summary>The new graph's value for one of the source graph's, which stands before the present node.</summary>
    public ValueId Map(ValueId value) =>
        _mapped[value.Index] ?? throw new InvalidOperationException(
            $"'{_source.NameOf(value)}' has no value yet");

    /// <summary>The type of a value of the new graph.</summary>
    public TensorType TypeOf(ValueId mapped) => _builder.TypeOf(mapped);

    /// <summary>
    /// The name, or where the source graph or the new one has it already, the name with the first free number
    /// behind it.
    /// </summary>
    public string Unused(string name)
    {
        string free = name;
        for (int number = 2; _names.Contains(free); number++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");
        }

        return free;
    }

    /// <summary>Adds a node whose operands are values of the source graph.</summary>
    public ValueId Add(string name, Op op, params IEnumerable<ValueId> sourceOperands) =>
        AddMapped(name, op, [.. sourceOperands.Select(Map)]);

    /// <summary>Adds a node whose operands are values of the new graph.</summary>
    public ValueId AddMapped(string name, Op op, params ReadOnlySpan<ValueId> operands)
    {
        _names.Add(name);
        return _builder.Node(name, op, operands);
    }
}
