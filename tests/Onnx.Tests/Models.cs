using Flightc.Onnx.Proto;
using Google.Protobuf;

namespace Flightc.Tests.Onnx;

/// <summary>Small models, written with the generated classes.</summary>
internal static class Models
{
    public const int Float = 1, Int64 = 7;

    /// <summary><c>y = MatMul(x, w)</c> with x [2, 3] and w [3, 4].</summary>
    public static ModelProto Product() =>
        Model([Node("MatMul", ["x", "w"], ["y"])], ["x"], ["y"], Tensor("w", Float, [3, 4], new byte[48]));

    /// <summary>A model of opset 17 whose inputs and outputs are FLOAT without a shape.</summary>
    public static ModelProto Model(IEnumerable<NodeProto> nodes, string[] inputs, string[] outputs, params TensorProto[] initializers)
    {
        GraphProto graph = new() { Name = "g" };
        graph.Node.AddRange(nodes);
        graph.Input.AddRange(inputs.Select(n => Value(n)));
        graph.Output.AddRange(outputs.Select(n => Value(n)));
        graph.Initializer.AddRange(initializers);
        ModelProto model = new() { IrVersion = 8, ProducerName = "test", Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        return model;
    }

    public static NodeProto Node(string type, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = type };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        return node;
    }

    public static ValueInfoProto Value(string name, int type = Float, params long[] shape)
    {
        TypeProto.Types.Tensor tensor = new() { ElemType = type };
        if (shape.Length > 0)
        {
            tensor.Shape = new TensorShapeProto();
            tensor.Shape.Dim.AddRange(shape.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    public static TensorProto Tensor(string name, int type, long[] shape, byte[]? raw = null)
    {
        TensorProto tensor = new() { Name = name, DataType = type };
        tensor.Dims.AddRange(shape);
        if (raw is not null)
        {
            tensor.RawData = ByteString.CopyFrom(raw);
        }

        return tensor;
    }

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Graph(string name, GraphProto value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = value };

    /// <summary>An attribute of a function's body that takes its value of the call.</summary>
    public static AttributeProto Reference(string name, string of) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, RefAttrName = of };

    public static FunctionProto Function(string name, string[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        FunctionProto function = new() { Name = name, Domain = "my" };
        function.Input.AddRange(inputs);
        function.Output.AddRange(outputs);
        function.Node.AddRange(nodes);
        function.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        function.OpsetImport.Add(new OperatorSetIdProto { Domain = "my", Version = 1 });
        return function;
    }

    public static NodeProto Call(string function, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        NodeProto node = Node(function, inputs, outputs, attributes);
        node.Domain = "my";
        return node;
    }

    public static ModelProto With(this ModelProto model, params FunctionProto[] functions)
    {
        model.Functions.AddRange(functions);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "my", Version = 1 });
        return model;
    }
}
