using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Makes the nodes that an operator stands for.</summary>
/// <param name="origin">The node that is written out.</param>
/// <param name="graph">Where it stands.</param>
internal sealed class NodeMaker(OnnxNode origin, Specialisation graph)
{
    // Operators of the standard are used as this opset defines them.
    private const int Opset = 21;

    private const string Microsoft = "com.microsoft";

    private readonly List<OnnxNode> _nodes = [];
    private int _names;

    /// <summary>The nodes so far.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>The graph.</summary>
    public Specialisation Graph => graph;

    /// <summary>The lengths it is specialised for.</summary>
    public Lengths Lengths => graph.Lengths;

    /// <summary>An input of the node that is written out; empty where it is left out.</summary>
    public string Input(int index) => index < origin.Inputs.Count ? origin.Inputs[index] : "";

    /// <summary>Whether it has an input.</summary>
    public bool Has(int input) => Input(input).Length > 0;

    /// <summary>Whether somebody may want an output.</summary>
    public bool Wants(int output) => output < origin.Outputs.Count && origin.Outputs[output].Length > 0;

    /// <summary>The shape of an input.</summary>
    public long[] Shape(int input) => graph.TypeOf(Input(input)).Shape;

    /// <summary>An integer of the node that is written out.</summary>
    /// <exception cref="CompilationException">It has more than 32 bits (FLC1504).</exception>
    public int Int(string name, int otherwise = 0) => origin.Attributes.GetValueOrDefault(name) is not IntAttribute { Value: var value } ? otherwise
        : value is >= int.MinValue and <= int.MaxValue ? (int)value
        : throw Unsupported(string.Create(CultureInfo.InvariantCulture, $"attribute '{name}' is {value}; a number of 32 bits is wanted"));

    /// <summary>A number of it.</summary>
    public float Float(string name, float otherwise = 0) => origin.Attributes.GetValueOrDefault(name) is FloatAttribute { Value: var value } ? value : otherwise;

    /// <summary>Integers of it, or null.</summary>
    public IReadOnlyList<long>? Ints(string name) => (origin.Attributes.GetValueOrDefault(name) as IntsAttribute)?.Values;

    /// <summary>What of it cannot be raised.</summary>
    public CompilationException Unsupported(string problem, string help = "") =>
        new(Codes.OnnxOperatorUnsupported, $"{problem} {NodeDescription.Of(origin, graph)}", origin.Name, help);

    /// <summary>Adds a node with one result.</summary>
    /// <returns>The result's name.</returns>
    public string Add(string operation, IReadOnlyList<string> inputs, params OnnxAttribute[] attributes) =>
        Add(operation, inputs, 1, null, attributes)[0];

    /// <summary>Adds the node whose result is one of the node that is written out.</summary>
    public void AddLast(int output, string operation, IReadOnlyList<string> inputs, params OnnxAttribute[] attributes) =>
        Add(operation, inputs, 1, origin.Outputs[output], attributes);

    /// <summary>Adds a node with several results.</summary>
    /// <returns>Their names.</returns>
    public string[] Add(string operation, IReadOnlyList<string> inputs, int outputs, string? last, params OnnxAttribute[] attributes)
    {
        bool isMicrosoft = operation.StartsWith(Microsoft + ".", StringComparison.Ordinal);
        string[] names = last is not null ? [last] : [.. Enumerable.Range(0, outputs).Select(_ => Fresh())];
        _nodes.Add(new OnnxNode(
            origin.Name, isMicrosoft ? Microsoft : "", isMicrosoft ? operation[(Microsoft.Length + 1)..] : operation, isMicrosoft ? 1 : Opset,
            inputs, names, attributes.ToDictionary(a => a.Name)));
        return names;
    }

    /// <summary>A constant of integers.</summary>
    public string Longs(long[] values, params long[] shape) => Constant(TensorElements.Of(values, shape.Length == 0 ? [values.Length] : shape));

    /// <summary>A constant of one integer and no axis.</summary>
    public string Index(long value) => Constant(TensorElements.Of(new[] { value }, []));

    /// <summary>A number of the element type of the first input.</summary>
    public string Number(double value) => Constant(TensorElements.Of(graph.TypeOf(Input(0)).ElementType, new[] { value }));

    /// <summary>A constant.</summary>
    public string Constant(OnnxTensor tensor)
    {
        string name = Fresh();
        graph.Add(name, tensor);
        return name;
    }

    /// <summary>A value in another shape.</summary>
    public string Reshape(string value, params long[] shape) => Add("Reshape", [value, Longs(shape)]);

    /// <summary>A value with its axes in another order.</summary>
    public string Transpose(string value, params long[] order) => Add("Transpose", [value], new IntsAttribute("perm", order));

    private string Fresh() => string.Create(CultureInfo.InvariantCulture, $"{origin.Outputs.First(o => o.Length > 0)}/expanded/{_names++}");
}
