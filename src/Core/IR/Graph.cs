namespace Flightc.IR;

/// <summary>A value of a graph: dense, in order of definition (inputs, weights, nodes).</summary>
public readonly record struct ValueId(int Index);

/// <summary>A named input: the token ids.</summary>
public sealed record GraphInput(string Name, TensorType Type);

/// <summary>
/// What a model computes for T consecutive tokens, given the KV cache of those before them. Immutable.
/// </summary>
/// <remarks>
/// Values are numbered densely: inputs first, then weights, then nodes in order. Positions and the KV cache
/// are implicit: a token's position is the number of tokens before it. Build with <see cref="GraphBuilder"/>.
/// </remarks>
public sealed class Graph(
    string name, int contextLength, IReadOnlyList<GraphInput> inputs, IReadOnlyList<Weight> weights,
    IReadOnlyList<Node> nodes,
    IReadOnlyList<ValueId> outputs)
{
    /// <summary>The model's name; a comment.</summary>
    public string Name { get; } = name;

    /// <summary>The most tokens a sequence can have.</summary>
    public int ContextLength { get; } = contextLength;

    /// <summary>Token ids.</summary>
    public IReadOnlyList<GraphInput> Inputs { get; } = inputs;

    /// <summary>Weights, in order of first use.</summary>
    public IReadOnlyList<Weight> Weights { get; } = weights;

    /// <summary>Operations, in an order in which they can be executed.</summary>
    public IReadOnlyList<Node> Nodes { get; } = nodes;

    /// <summary>The logits.</summary>
    public IReadOnlyList<ValueId> Outputs { get; } = outputs;

    /// <summary>The number of values.</summary>
    public int ValueCount => Inputs.Count + Weights.Count + Nodes.Count;

    /// <summary>The input, or null where the value is no input.</summary>
    public GraphInput? InputOf(ValueId value) => value.Index < Inputs.Count ? Inputs[value.Index] : null;

    /// <summary>The weight, or null where the value is no weight.</summary>
    public Weight? WeightOf(ValueId value) =>
        value.Index >= Inputs.Count && value.Index < Inputs.Count + Weights.Count
            ? Weights[value.Index - Inputs.Count]
            : null;

    /// <summary>The node that defines the value, or null for an input or a weight.</summary>
    public Node? NodeOf(ValueId value) =>
        value.Index >= Inputs.Count + Weights.Count ? Nodes[value.Index - Inputs.Count - Weights.Count] : null;

    /// <summary>The value that node number <paramref name="index"/> defines.</summary>
    public ValueId ValueOfNode(int index) => new(Inputs.Count + Weights.Count + index);

    /// <summary>The type of any value. A weight's is its checkpoint type.</summary>
    public TensorType TypeOf(ValueId value) =>
        InputOf(value)?.Type ?? WeightOf(value)?.Type ?? NodeOf(value)!.Type;

    /// <summary>The name of any value.</summary>
    public string NameOf(ValueId value) =>
        InputOf(value)?.Name ?? WeightOf(value)?.Name ?? NodeOf(value)!.Name;

    /// <summary>How often each value is used, outputs included; by <see cref="ValueId.Index"/>.</summary>
    public int[] CountUses()
    {
        int[] uses = new int[ValueCount];
        foreach (ValueId value in Nodes.SelectMany(n => n.Operands).Concat(Outputs))
        {
            uses[value.Index]++;
        }

        return uses;
    }
}
