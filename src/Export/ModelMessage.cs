using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Google.Protobuf;
using Attribute = Flightc.Onnx.Proto.AttributeProto;

namespace Flightc.Export;

/// <summary>A model as the message that a file holds, without its constants.</summary>
internal static class ModelMessage
{
    /// <summary>Converts a model.</summary>
    public static ModelProto Of(OnnxModel model)
    {
        GraphProto graph = new() { Name = model.Graph.Name };
        graph.Input.Add(model.Graph.Inputs.Select(Of));
        graph.Output.Add(model.Graph.Outputs.Select(Of));
        graph.Node.Add(model.Graph.Nodes.Select(Of));
        ModelProto message = new() { IrVersion = model.IrVersion, ProducerName = model.Producer, Graph = graph };
        message.OpsetImport.Add(model.Opsets.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => new OperatorSetIdProto { Domain = o.Key, Version = o.Value }));
        message.MetadataProps.Add(
            model.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        return message;
    }

    private static NodeProto Of(OnnxNode node)
    {
        NodeProto message = new() { Name = node.Name, OpType = node.OpType, Domain = node.Domain };
        message.Input.Add(node.Inputs);
        message.Output.Add(node.Outputs);
        message.Attribute.Add(node.Attributes.Values.OrderBy(a => a.Name, StringComparer.Ordinal).Select(Of));
        return message;
    }

    private static Attribute Of(OnnxAttribute attribute)
    {
        Attribute message = new() { Name = attribute.Name };
        switch (attribute)
        {
            case IntAttribute number:
                message.Type = Attribute.Types.AttributeType.Int;
                message.I = number.Value;
                break;
            case FloatAttribute number:
                message.Type = Attribute.Types.AttributeType.Float;
                message.F = number.Value;
                break;
            case StringAttribute text:
                message.Type = Attribute.Types.AttributeType.String;
                message.S = ByteString.CopyFromUtf8(text.Value);
                break;
            case IntsAttribute numbers:
                message.Type = Attribute.Types.AttributeType.Ints;
                message.Ints.Add(numbers.Values);
                break;
            default:
                throw new InvalidOperationException($"the exporter writes no {attribute.GetType().Name}");
        }

        return message;
    }

    private static ValueInfoProto Of(OnnxValue value)
    {
        TensorShapeProto shape = new();
        shape.Dim.Add(value.Shape!.Select(d => d.Size is { } size
            ? new TensorShapeProto.Types.Dimension { DimValue = size }
            : new TensorShapeProto.Types.Dimension { DimParam = d.Symbol }));
        return new ValueInfoProto
        {
            Name = value.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)value.ElementType, Shape = shape } },
        };
    }
}
