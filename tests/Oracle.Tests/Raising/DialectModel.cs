using System.Runtime.InteropServices;
using Flightc.Onnx.Proto;
using Google.Protobuf;

namespace Flightc.Tests;

/// <summary>Composes decoders as exporters of the com.microsoft and opset-23 dialects write them, with random weights.</summary>
internal sealed class DialectModel(int opset, ulong seed, bool isHalf = false)
{
    private GraphProto _graph = new() { Name = "main_graph" };
    private readonly RandomNumbers _random = new(seed);
    private int _count;

    /// <summary>What all floats are.</summary>
    public TensorProto.Types.DataType FloatType => isHalf ? TensorProto.Types.DataType.Float16 : TensorProto.Types.DataType.Float;

    /// <summary>A node with one result.</summary>
    public string Node(string operation, string[] inputs, params ReadOnlySpan<AttributeProto> attributes) => Nodes(operation, 1, inputs, attributes)[0];

    /// <summary>A node with several results.</summary>
    public string[] Nodes(string operation, int outputs, string[] inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => $"v{_count++}")];
        NodeProto node = new() { Name = $"node_{_graph.Node.Count}", OpType = operation };
        if (operation.LastIndexOf('.') is > 0 and var dot)
        {
            (node.Domain, node.OpType) = (operation[..dot], operation[(dot + 1)..]);
        }

        node.Input.Add(inputs);
        node.Output.Add(names);
        foreach (AttributeProto attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        _graph.Node.Add(node);
        return names;
    }

    /// <summary>Random numbers of a size that keeps what they multiply.</summary>
    public string Matrix(int rows, int columns) => Floats(_random.Floats(rows * columns, 2 / MathF.Sqrt(rows)), rows, columns);

    /// <summary>Random numbers around a middle.</summary>
    public string Vector(int count, float middle) => Floats([.. _random.Floats(count, 0.3f).Select(v => v + middle)], count);

    /// <summary>Random bytes.</summary>
    public byte[] Bytes(int count) => [.. _random.Floats(count, 128).Select(v => (byte)(v + 128))];

    /// <summary>A constant.</summary>
    public string Floats(float[] values, params long[] shape)
    {
        if (isHalf)
        {
            return Initializer(FloatType, MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (Half)v).AsSpan()).ToArray(), shape);
        }

        byte[] bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return Initializer(TensorProto.Types.DataType.Float, bytes, shape);
    }

    /// <summary>A constant of bytes.</summary>
    public string Codes(byte[] values, params long[] shape) => Initializer(TensorProto.Types.DataType.Uint8, values, shape);

    /// <summary>A constant of integers.</summary>
    public string Longs(long[] values, params long[] shape)
    {
        byte[] bytes = new byte[values.Length * sizeof(long)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return Initializer(TensorProto.Types.DataType.Int64, bytes, shape);
    }

    /// <summary>A constant of codes that are packed or of another type than the others here.</summary>
    public string Tensor(TensorProto.Types.DataType type, byte[] values, params long[] shape) => Initializer(type, values, shape);

    /// <summary><c>If</c>: branches see what is outside, and what they name is theirs.</summary>
    /// <param name="condition">A truth value.</param>
    /// <param name="outputs">Results of each branch.</param>
    /// <param name="then">Composes one branch and gives the names of its results.</param>
    /// <param name="otherwise">The other.</param>
    public string[] If(string condition, int outputs, Func<string[]> then, Func<string[]> otherwise) =>
        Nodes("If", outputs, [condition], Branch("then_branch", then), Branch("else_branch", otherwise));

    /// <summary>An input.</summary>
    public string Input(string name, TensorProto.Types.DataType type, params object[] shape)
    {
        _graph.Input.Add(Value(name, type, shape));
        return name;
    }

    /// <summary>An output: the value under another name.</summary>
    public void Output(string name, string value, params object[] shape)
    {
        _graph.Node.Add(new NodeProto { OpType = "Identity", Input = { value }, Output = { name } });
        _graph.Output.Add(Value(name, FloatType, shape));
    }

    /// <summary>The file.</summary>
    public byte[] Build()
    {
        ModelProto model = new() { IrVersion = opset >= 24 ? 11 : 10, Graph = _graph, ProducerName = "tests" };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        return model.ToByteArray();
    }

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Ints(string name, params long[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    private AttributeProto Branch(string name, Func<string[]> compose)
    {
        GraphProto outer = _graph;
        _graph = new GraphProto { Name = name };
        foreach (string result in compose())
        {
            string output = $"v{_count++}";
            _graph.Node.Add(new NodeProto { OpType = "Identity", Input = { result }, Output = { output } });
            _graph.Output.Add(new ValueInfoProto { Name = output, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)FloatType } } });
        }

        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = _graph };
        _graph = outer;
        return attribute;
    }

    private string Initializer(TensorProto.Types.DataType type, byte[] bytes, long[] shape)
    {
        TensorProto tensor = new() { Name = $"w{_count++}", DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.Add(shape);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, object[] shape)
    {
        TensorShapeProto dims = new();
        dims.Dim.Add(shape.Select(size => size is string symbol
            ? new TensorShapeProto.Types.Dimension { DimParam = symbol } : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(size) }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dims } } };
    }
}
