using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Reads a ValueInfoProto: name, element type, shape.</summary>
internal static class ValueReader
{
    /// <summary>Reads one. What is no tensor has no element type.</summary>
    /// <exception cref="Diagnostics.CompilationException">It breaks the format (FLC1501).</exception>
    public static OnnxValue Read(WireReader reader)
    {
        string name = "";
        (OnnxElementType Element, List<OnnxDim>? Shape) type = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Value.Name:
                    name = reader.Text();
                    break;
                case Fields.Value.Type:
                    type = ReadType(reader.Nested("TypeProto"));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new OnnxValue(name, type.Element, type.Shape);
    }

    private static (OnnxElementType Element, List<OnnxDim>? Shape) ReadType(WireReader reader)
    {
        (OnnxElementType, List<OnnxDim>?) type = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Type.Tensor:
                    type = ReadTensorType(reader.Nested("TypeProto.Tensor"));
                    break;
                case Fields.Type.Sequence or Fields.Type.Optional:
                    // Not used, but walked through so that nesting has its limit.
                    ReadElementType(reader.Nested("TypeProto"));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return type;
    }

    private static void ReadElementType(WireReader reader)
    {
        while (reader.Next())
        {
            if (reader.Field == Fields.TensorType.ElementType && reader.Type == WireType.Bytes)
            {
                ReadType(reader.Nested("TypeProto"));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static (OnnxElementType Element, List<OnnxDim>? Shape) ReadTensorType(WireReader reader)
    {
        long element = 0;
        List<OnnxDim>? shape = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.TensorType.ElementType:
                    element = reader.Int64();
                    break;
                case Fields.TensorType.Shape:
                    shape = ReadShape(reader.Nested("TensorShapeProto"));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // A type of a later version is kept as its number, for messages.
        return ((OnnxElementType)Math.Clamp(element, 0, int.MaxValue), shape);
    }

    private static List<OnnxDim> ReadShape(WireReader reader)
    {
        List<OnnxDim> shape = [];
        while (reader.Next())
        {
            if (reader.Field == Fields.Shape.Dim)
            {
                shape.Add(ReadDim(reader.Nested("TensorShapeProto.Dimension")));
            }
            else
            {
                reader.Skip();
            }
        }

        return shape;
    }

    private static OnnxDim ReadDim(WireReader reader)
    {
        OnnxDim dim = new(null, "");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Dimension.Value:
                    // Some exporters write -1 for what is not known.
                    long size = reader.Int64();
                    dim = new OnnxDim(size >= 0 ? size : null, "");
                    break;
                case Fields.Dimension.Param:
                    dim = new OnnxDim(null, reader.Text());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return dim;
    }
}
