using System.Text;
using System.Text.Unicode;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Reads an AttributeProto.</summary>
/// <param name="tensors">Reads tensors.</param>
/// <param name="graphs">Reads graphs within nodes.</param>
internal sealed class AttributeReader(TensorReader tensors, GraphReader graphs)
{
    // Of AttributeProto.AttributeType, by number.
    private static readonly string[] TypeNames =
        ["UNDEFINED", "FLOAT", "INT", "STRING", "TENSOR", "GRAPH", "FLOATS", "INTS", "STRINGS", "TENSORS", "GRAPHS", "SPARSE_TENSOR", "SPARSE_TENSORS", "TYPE_PROTO", "TYPE_PROTOS"];

    /// <summary>Reads one.</summary>
    /// <exception cref="Diagnostics.CompilationException">It breaks the format (FLC1501).</exception>
    public OnnxAttribute Read(WireReader reader)
    {
        string name = "";
        string reference = "";
        long type = 0;
        float f = 0;
        long i = 0;
        ByteRange? s = null;
        OnnxTensor? tensor = null;
        RawGraph? graph = null;
        List<float> floats = [];
        List<long> ints = [];
        List<ByteRange> strings = [];
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Attribute.Name:
                    name = reader.Text();
                    break;
                case Fields.Attribute.F:
                    f = reader.Float();
                    break;
                case Fields.Attribute.I:
                    i = reader.Int64();
                    break;
                case Fields.Attribute.S:
                    s = reader.Bytes();
                    break;
                case Fields.Attribute.T:
                    tensor = tensors.Read(reader.Nested("TensorProto"));
                    break;
                case Fields.Attribute.G when graph is not null:
                    throw reader.Invalid("an attribute has two graphs");
                case Fields.Attribute.G:
                    graph = graphs.Read(reader.Nested("GraphProto"));
                    break;
                case Fields.Attribute.Floats:
                    reader.Floats(floats);
                    break;
                case Fields.Attribute.Ints:
                    reader.Int64s(ints);
                    break;
                case Fields.Attribute.Strings:
                    strings.Add(reader.Bytes());
                    break;
                case Fields.Attribute.Type:
                    type = reader.Int64();
                    break;
                case Fields.Attribute.RefAttrName:
                    reference = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (reference.Length > 0)
        {
            return new ReferenceAttribute(name, reference);
        }

        return type switch
        {
            1 => new FloatAttribute(name, f),
            2 => new IntAttribute(name, i),
            3 => Text(s ?? default) is { } text ? new StringAttribute(name, text) : new OtherAttribute(name, "bytes that are no text"),
            4 when tensor is not null => new TensorAttribute(name, tensor),
            5 when graph is not null => new RawGraphAttribute(name, graph),
            6 => new FloatsAttribute(name, floats),
            7 => new IntsAttribute(name, ints),
            8 => Texts(strings) is { } texts ? new StringsAttribute(name, texts) : new OtherAttribute(name, "bytes that are no text"),
            4 or 5 => throw reader.Invalid($"an attribute is said to be a {TypeNames[type]} and has none"),
            >= 0 and <= 14 => new OtherAttribute(name, TypeNames[type]),
            _ => throw reader.Invalid($"an attribute has the type {type}; 1 to 14 are known"),
        };
    }

    private static List<string>? Texts(List<ByteRange> ranges)
    {
        List<string> texts = [];
        foreach (ByteRange range in ranges)
        {
            if (Text(range) is not { } text)
            {
                return null;
            }

            texts.Add(text);
        }

        return texts;
    }

    private static string? Text(ByteRange range)
    {
        if (range.Length == 0)
        {
            return "";
        }

        // Texts of any size that a string can have: some exporters keep whole configurations in one.
        if (range.Length > int.MaxValue / 4)
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = range.Source.Span(range.Offset, (int)range.Length);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }
}
