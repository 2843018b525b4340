using Flightc.IR;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>A Graph on its way to ONNX: what stands for its values, and what the nodes of all operations share.</summary>
internal sealed class ExportContext
{
    private readonly Dictionary<ValueId, ExportedValue> _values = [];
    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private int _layers;

    /// <summary>Begins with the token ids.</summary>
    /// <param name="graph">The Graph.</param>
    /// <param name="weights">The floats of its weights.</param>
    /// <param name="quantized">The codes of those with a format; null for a float Graph.</param>
    /// <param name="options">How the file is to be.</param>
    public ExportContext(Graph graph, IWeights weights, IQuantizedWeights? quantized, ExportOptions options)
    {
        (Graph, Options) = (graph, options);
        Nodes = new NodeList(options.Opset);
        Weights = new ExportedWeights(Nodes, weights, quantized);
        Sequence = new SequenceValues(Nodes, graph.ContextLength)
        {
            PastKey = options.HasPast && graph.Nodes.Any(n => n.Op is Attention) ? KeyValueCache.FirstKey : null,
        };
        IsQuantized = graph.Nodes.Any(n => n.Type.Element != ElementType.F32);
        _inputs.Add(new OnnxValue(SequenceValues.Ids, OnnxElementType.Int64, [Dims.Batch, Dims.Sequence]));
    }

    /// <summary>The Graph.</summary>
    public Graph Graph { get; }

    /// <summary>Its weights, as constants.</summary>
    public ExportedWeights Weights { get; }

    /// <summary>How the file is to be.</summary>
    public ExportOptions Options { get; }

    /// <summary>Nodes and constants so far.</summary>
    public NodeList Nodes { get; }

    /// <summary>What all layers share.</summary>
    public SequenceValues Sequence { get; }

    /// <summary>What the ONNX graph takes.</summary>
    public IReadOnlyList<OnnxValue> Inputs => _inputs;

    /// <summary>What it gives.</summary>
    public IReadOnlyList<OnnxValue> Outputs => _outputs;

    /// <summary>Whether the Graph computes on codes: functions of floats are then those of docs/numerics.md §1.2.</summary>
    public bool IsQuantized { get; }

    /// <summary>The number of the next attention operator, from 0.</summary>
    public int NextLayer() => _layers++;

    /// <summary>The nodes of an operation go here.</summary>
    /// <remarks>They are called as it, save where inputs and outputs of the file have the name: the last value of most Graphs is called <c>logits</c> too, and is not in its final shape.</remarks>
    public NodeScope ScopeOf(Node node) => new(Nodes, IsReserved(node.Name) ? $"{node.Name}/rows" : node.Name);

    /// <summary>What stands for an operand that is no weight.</summary>
    public ExportedValue Value(Node node, int operand) => _values[node.Operands[operand]];

    /// <summary>The described weight that an operand is.</summary>
    public Weight Weight(Node node, int operand) => Graph.WeightOf(node.Operands[operand])!;

    /// <summary>The columns of an operand.</summary>
    public long Columns(Node node, int operand) => Graph.TypeOf(node.Operands[operand]).Columns;

    /// <summary>Notes what stands for a value.</summary>
    public void Define(ValueId value, ExportedValue exported) => _values.Add(value, exported);

    /// <summary>What stands for a value.</summary>
    public ExportedValue Value(ValueId value) => _values[value];

    /// <summary>Declares an input.</summary>
    public void AddInput(OnnxValue input) => _inputs.Add(input);

    /// <summary>Declares an output.</summary>
    public void AddOutput(OnnxValue output) => _outputs.Add(output);

    private static bool IsReserved(string name) =>
        name is SequenceValues.Ids or GraphExport.Logits || name.StartsWith("past_key_values.", StringComparison.Ordinal) || name.StartsWith("present.", StringComparison.Ordinal);
}
