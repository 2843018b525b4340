using Flightc.Diagnostics;

namespace Flightc.IR;

/// <summary>Builds a <see cref="Graph"/>: weights and nodes in any order of first mention, types inferred.</summary>
public sealed class GraphBuilder(string name, int contextLength)
{
    // Values are numbered as they come, and renumbered (inputs, weights, nodes) by Build.
    private readonly List<object> _values = [];
    private readonly Dictionary<string, ValueId> _byName = [];

    /// <summary>Declares an input.</summary>
    public ValueId Input(string inputName, TensorType type) => Add(inputName, new GraphInput(inputName, type));

    /// <summary>Declares a weight, or finds the one of that name.</summary>
    public ValueId Weight(Weight weight) =>
        _byName.TryGetValue(weight.Name, out ValueId known) ? known : Add(weight.Name, weight);

    /// <summary>Adds an operation.</summary>
    /// <exception cref="CompilationException">The operands do not fit the operator (FLC2001).</exception>
    public ValueId Node(string nodeName, Op op, params ReadOnlySpan<ValueId> operands)
    {
        TensorType[] types = new TensorType[operands.Length];
        for (int i = 0; i < types.Length; i++)
        {
            types[i] = TypeOf(operands[i]);
        }

        TypeOrError result = op.Infer(types);
        if (result.Type is null)
        {
            throw new CompilationException(Codes.GraphInvalid, $"{op.Mnemonic}: {result.Error}", nodeName);
        }

        return Add(nodeName, new Node(nodeName, op, operands.ToArray(), result.Type));
    }

    /// <summary>The type of a value already declared.</summary>
    public TensorType TypeOf(ValueId value) => _values[value.Index] switch
    {
        GraphInput input => input.Type,
        IR.Weight weight => weight.Type,
        IR.Node node => node.Type,
        _ => throw new InvalidOperationException(),
    };

    /// <summary>The graph, with values renumbered: inputs, weights, nodes.</summary>
    public Graph Build(params ReadOnlySpan<ValueId> outputs)
    {
        GraphInput[] inputs = [.. _values.OfType<GraphInput>()];
        Weight[] weights = [.. _values.OfType<Weight>()];
        int[] renumbered = new int[_values.Count];
        int input = 0, weight = inputs.Length, node = inputs.Length + weights.Length;
        for (int i = 0; i < renumbered.Length; i++)
        {
            renumbered[i] = _values[i] switch { GraphInput => input++, IR.Weight => weight++, _ => node++ };
        }

        Node[] nodes =
        [
            .. _values.OfType<Node>().Select(n =>
                n with { Operands = [.. n.Operands.Select(o => new ValueId(renumbered[o.Index]))] }),
        ];
        ValueId[] results = new ValueId[outputs.Length];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = new ValueId(renumbered[outputs[i].Index]);
        }

        return new Graph(name, contextLength, inputs, weights, nodes, results);
    }

    private ValueId Add(string valueName, object value)
    {
        ValueId id = new(_values.Count);
        if (!_byName.TryAdd(valueName, id))
        {
            throw new CompilationException(Codes.GraphInvalid, $"the name '{valueName}' is given twice", valueName);
        }

        _values.Add(value);
        return id;
    }
}
