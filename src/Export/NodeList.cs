using System.Globalization;
using System.Runtime.InteropServices;
using Flightc.Onnx;

namespace Flightc.Export;

/// <summary>The nodes and constants of an ONNX graph as they are made, in an order in which they can be executed.</summary>
/// <param name="opset">The version of the operators.</param>
internal sealed class NodeList(int opset)
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly Dictionary<string, OnnxTensor> _constants = new(StringComparer.Ordinal);

    /// <summary>The version of the operators.</summary>
    public int Opset { get; } = opset;

    /// <summary>In order.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>By name, in the order of first use.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Constants => _constants;

    /// <summary>Adds a node with one result.</summary>
    /// <param name="opType">The operator.</param>
    /// <param name="output">The name of node and result.</param>
    /// <param name="inputs">Names; empty for an optional one that is left out.</param>
    /// <param name="attributes">Those that differ from their defaults.</param>
    /// <returns>The name of the result.</returns>
    public string Add(string opType, string output, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        Add(opType, output, [output], inputs, attributes);
        return output;
    }

    /// <summary>Adds a node with several results.</summary>
    public void Add(
        string opType, string name, IReadOnlyList<string> outputs, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        Dictionary<string, OnnxAttribute> named = new(StringComparer.Ordinal);
        foreach (OnnxAttribute attribute in attributes)
        {
            named.Add(attribute.Name, attribute);
        }

        _nodes.Add(new OnnxNode(name, "", opType, Opset, inputs.ToArray(), outputs, named));
    }

    /// <summary>A constant, or the one of that name.</summary>
    public string Constant(OnnxTensor tensor)
    {
        _constants.TryAdd(tensor.Name, tensor);
        return tensor.Name;
    }

    /// <summary>A constant list of integers: a shape, axes, places.</summary>
    public string Integers(params ReadOnlySpan<long> values) =>
        Constant<long>(OnnxElementType.Int64, $"i64/{Joined(values)}", [values.Length], values);

    /// <summary>A constant integer without extents.</summary>
    public string Integer(long value) =>
        Constant<long>(OnnxElementType.Int64, $"i64/scalar_{value.ToString(CultureInfo.InvariantCulture)}", [], [value]);

    /// <summary>A constant binary32 without extents.</summary>
    public string Float(float value) =>
        Constant<float>(OnnxElementType.Float, $"f32/{value.ToString("R", CultureInfo.InvariantCulture)}", [], [value]);

    /// <summary>A constant binary64 without extents.</summary>
    public string Double(double value) =>
        Constant<double>(OnnxElementType.Double, $"f64/{value.ToString("R", CultureInfo.InvariantCulture)}", [], [value]);

    /// <summary>A constant table of binary32.</summary>
    public string Floats(string name, long[] shape, ReadOnlySpan<float> values) => Constant(OnnxElementType.Float, name, shape, values);

    private string Constant<T>(OnnxElementType type, string name, long[] shape, ReadOnlySpan<T> values)
        where T : unmanaged =>
        Constant(new OnnxTensor(type, shape, new MemoryBytes(MemoryMarshal.AsBytes(values).ToArray()), name));

    private static string Joined(ReadOnlySpan<long> values)
    {
        List<string> parts = [];
        foreach (long value in values)
        {
            parts.Add(value.ToString(CultureInfo.InvariantCulture));
        }

        return string.Join('_', parts);
    }
}
