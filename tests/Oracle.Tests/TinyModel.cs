using Flightc.Onnx.Proto;
using Google.Protobuf;

namespace Flightc.Tests;

/// <summary>Models of a node or two.</summary>
internal static class TinyModel
{
    /// <summary>z = x + y, all f32[n, 2].</summary>
    public static byte[] Sum()
    {
        GraphProto graph = new() { Name = "sum" };
        graph.Input.Add([Value("x"), Value("y")]);
        graph.Output.Add(Value("z"));
        graph.Node.Add(new NodeProto { OpType = "Add", Input = { "x", "y" }, Output = { "z" } });
        ModelProto model = new() { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        return model.ToByteArray();
    }

    private static ValueInfoProto Value(string name)
    {
        TensorShapeProto shape = new();
        shape.Dim.Add([new TensorShapeProto.Types.Dimension { DimParam = "n" }, new TensorShapeProto.Types.Dimension { DimValue = 2 }]);
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }
}
