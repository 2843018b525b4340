using System.Globalization;
using Flightc.Onnx.Proto;
using Google.Protobuf;

namespace Flightc.Tests.Families;

/// <summary>Composes an ONNX graph of elementary operators, node by node. Values are called by names.</summary>
internal sealed class OnnxComposer
{
    private readonly GraphProto _graph = new() { Name = "published" };
    private int _count;

    /// <summary>An operation of one result.</summary>
    public string Node(string op, string[] inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string output = NewName();
        NodeProto node = new() { OpType = op, Output = { output } };
        node.Input.Add(inputs);
        foreach (AttributeProto attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        _graph.Node.Add(node);
        return output;
    }

    public string Add(string x, string y) => Node("Add", [x, y]);

    public string Sub(string x, string y) => Node("Sub", [x, y]);

    public string Mul(string x, string y) => Node("Mul", [x, y]);

    public string Mul(string x, double factor) => Node("Mul", [x, Scalar(factor)]);

    public string Div(string x, string y) => Node("Div", [x, y]);

    public string MatMul(string x, string y) => Node("MatMul", [x, y]);

    public string Unary(string op, string x) => Node(op, [x]);

    public string Mean(string x) => Node("ReduceMean", [x], Ints("axes", -1));

    public string Softmax(string x) => Node("Softmax", [x], Int("axis", -1));

    public string Reshape(string x, params long[] shape) => Node("Reshape", [x, Longs(shape)]);

    public string Transpose(string x, params long[] order) => Node("Transpose", [x], Ints("perm", order));

    public string Concat(params string[] parts) => Node("Concat", parts, Int("axis", -1));

    /// <summary>Elements of one axis, the last one where it is negative.</summary>
    public string Slice(string x, long from, long to, long axis = -1) => Node("Slice", [x, Longs(from), Longs(to), Longs(axis)]);

    /// <summary>Rows of a table.</summary>
    public string Gather(string table, string indices) => Node("Gather", [table, indices]);

    public string Scalar(double value) => Floats([(float)value]);

    /// <summary>A constant.</summary>
    public string Floats(float[] values, params long[] shape)
    {
        TensorProto tensor = new() { Name = NewName(), DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.Add(shape);
        byte[] bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        tensor.RawData = ByteString.CopyFrom(bytes);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A constant list.</summary>
    public string Longs(params long[] values)
    {
        TensorProto tensor = new() { Name = NewName(), DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.Add(values);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>The model, whose one input is <c>ids</c> and whose one output is <c>logits</c>.</summary>
    public byte[] Build(string logits, int tokens, int vocabulary)
    {
        _graph.Node.Add(new NodeProto { OpType = "Identity", Input = { logits }, Output = { "logits" } });
        _graph.Input.Add(Value("ids", TensorProto.Types.DataType.Int64, tokens));
        _graph.Output.Add(Value("logits", TensorProto.Types.DataType.Float, tokens, vocabulary));
        ModelProto model = new() { IrVersion = 8, Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        return model.ToByteArray();
    }

    private string NewName() => string.Create(CultureInfo.InvariantCulture, $"v{_count++}");

    private static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    private static AttributeProto Ints(string name, params long[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, params long[] shape)
    {
        TensorShapeProto dims = new();
        dims.Dim.Add(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dims } } };
    }
}
