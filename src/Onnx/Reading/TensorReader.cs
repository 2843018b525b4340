using Flightc.Diagnostics;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>Reads a TensorProto. Its data stay where they are; what they have to be is checked by their number and range.</summary>
/// <param name="external">Files beside the model.</param>
/// <param name="problems">What is wrong with tensors: reading goes on.</param>
internal sealed class TensorReader(ExternalData external, Problems problems)
{
    private const int External = 1;

    /// <summary>Reads one.</summary>
    /// <param name="reader">The message.</param>
    /// <returns>The tensor; where something is wrong with it, one without elements in its place.</returns>
    /// <exception cref="CompilationException">The wire format is broken (FLC1501).</exception>
    public OnnxTensor Read(WireReader reader)
    {
        List<long> dims = [];
        List<TypedData> typed = [];
        List<(string, string)> entries = [];
        string name = "";
        int type = 0;
        long strings = 0;
        long location = 0;
        bool hasSegment = false;
        ByteRange? raw = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Tensor.Dims:
                    reader.Int64s(dims);
                    break;
                case Fields.Tensor.DataType:
                    type = (int)Math.Clamp(reader.Int64(), -1, int.MaxValue);
                    break;
                case Fields.Tensor.Segment:
                    reader.Skip();
                    hasSegment = true;
                    break;
                case Fields.Tensor.FloatData or Fields.Tensor.Int32Data or Fields.Tensor.Int64Data or Fields.Tensor.DoubleData or Fields.Tensor.UInt64Data:
                    int field = reader.Field;
                    TypedData? data = typed.Find(t => t.Field == field);
                    if (data is null)
                    {
                        data = new TypedData(field);
                        typed.Add(data);
                    }

                    data.Add(ref reader);
                    break;
                case Fields.Tensor.StringData:
                    reader.Bytes();
                    strings++;
                    break;
                case Fields.Tensor.Name:
                    name = reader.Text();
                    break;
                case Fields.Tensor.RawData:
                    raw = reader.Bytes();
                    break;
                case Fields.Tensor.ExternalData:
                    entries.Add(ReadPair(reader.Nested("StringStringEntryProto")));
                    break;
                case Fields.Tensor.DataLocation:
                    location = reader.Int64();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // Writers leave empty fields beside the one that counts.
        typed.RemoveAll(t => t.IsEmpty || t.Contiguous is { Length: 0 });
        Content content = new(name, (OnnxElementType)type, dims, typed, entries, strings, location, hasSegment, raw is { Length: 0 } ? null : raw);
        return Build(content) ?? new OnnxTensor(OnnxElementType.Undefined, [0], new MemoryBytes(default), name);
    }

    /// <summary>Reads a key and a value.</summary>
    public static (string Key, string Value) ReadPair(WireReader reader)
    {
        string key = "";
        string value = "";
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Fields.Pair.Key:
                    key = reader.Text();
                    break;
                case Fields.Pair.Value:
                    value = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (key, value);
    }

    private OnnxTensor? Build(Content content)
    {
        OnnxElementType type = content.Type;
        if (type == OnnxElementType.Undefined)
        {
            return Fail(Codes.OnnxInvalid, content, "has no element type");
        }

        if (!Enum.IsDefined(type))
        {
            return Fail(Codes.OnnxTypeUnsupported, content, $"has the element type {(int)type}; 1 to 26 are known", "the file is damaged, or newer than this version of flightc");
        }

        if (content.HasSegment)
        {
            return Fail(Codes.OnnxTypeUnsupported, content, "is one segment of a larger tensor, which is not supported", "save the model again with whole tensors");
        }

        long[] shape = [.. content.Dims];
        if (Array.Exists(shape, extent => extent < 0))
        {
            return Fail(Codes.OnnxInvalid, content, $"has the shape [{Shown(shape)}]; extents are 0 or more");
        }

        if (!TrySize(type, shape, out long elements, out long bytes))
        {
            return Fail(Codes.OnnxInvalid, content, $"has the shape [{Shown(shape)}], more elements than 63 bits can count");
        }

        int sources = content.Typed.Count + (content.Raw is null ? 0 : 1) + (content.Location == External ? 1 : 0) + (content.Strings > 0 ? 1 : 0);
        if (sources > 1)
        {
            return Fail(Codes.OnnxInvalid, content, "has data in more than one field; one is wanted");
        }

        ITensorBytes? data = content switch
        {
            { Type: OnnxElementType.String } => Strings(content, elements),
            { Location: External } => external.Find(content.External, bytes, content.Name, problems),
            { Location: not 0 } => FailData(content, $"has its data in a place of kind {content.Location}; 0 (here) and 1 (another file) are known"),
            { Raw: { } raw } when raw.Length == bytes => new RangeBytes(raw),
            { Raw: { } raw } => FailData(content, $"has {raw.Length} bytes; {OnnxElementTypes.OnnxName(type)} of shape [{Shown(shape)}] takes {bytes}"),
            { Strings: > 0 } => FailData(content, $"has texts; {OnnxElementTypes.OnnxName(type)} is wanted"),
            { Typed: [var typed] } => Typed(content, typed, elements, bytes),
            _ when bytes == 0 => new MemoryBytes(default),
            _ => FailData(content, $"has no data; {OnnxElementTypes.OnnxName(type)} of shape [{Shown(shape)}] takes {bytes} bytes"),
        };
        return data is null ? null : new OnnxTensor(type, shape, data, content.Name);
    }

    private ITensorBytes? Strings(Content content, long elements) =>
        content.Raw is null && content.Typed.Count == 0 && content.Location == 0 && content.Strings == elements
            ? new MemoryBytes(default)
            : FailData(content, $"has {content.Strings} texts; its shape [{Shown([.. content.Dims])}] has {elements}");

    private ITensorBytes? Typed(Content content, TypedData typed, long elements, long bytes)
    {
        OnnxElementType type = content.Type;
        int wanted = FieldOf(type);
        if (typed.Field != wanted)
        {
            return FailData(content, $"has its data in {NameOf(typed.Field)}; {OnnxElementTypes.OnnxName(type)} has it in {NameOf(wanted)} or raw_data");
        }

        // Complex numbers are two entries, and what is smaller than a byte is packed into bytes first.
        int entryBytes = typed.EntryBytes > 0 ? typed.EntryBytes : Math.Max(type.Bits() / 8, 1);
        long entries = bytes / entryBytes;
        if (typed.Contiguous is { } range)
        {
            return range.Length == bytes
                ? new RangeBytes(range)
                : FailData(content, $"has {range.Length / entryBytes} entries in {NameOf(wanted)}; its shape [{Shown([.. content.Dims])}] takes {entries}");
        }

        (long least, long most) = RangeOf(type);
        long count = 0;
        long? outside = null;
        typed.ForEach(problems.Path, value =>
        {
            count++;
            outside ??= typed.EntryBytes == 0 && (value < least || value > most) ? value : null;
        });
        if (outside is { } bad)
        {
            return FailData(content, $"has the entry {bad} in {NameOf(wanted)}, which is no {OnnxElementTypes.OnnxName(type)}");
        }

        if (count != entries)
        {
            return FailData(content, $"has {count} entries in {NameOf(wanted)}; {OnnxElementTypes.OnnxName(type)} of {elements} elements takes {entries}");
        }

        return bytes <= Array.MaxLength
            ? new TypedBytes(typed, entryBytes, (int)bytes, problems.Path)
            : FailData(content, $"has {bytes} bytes in {NameOf(wanted)}; beyond {Array.MaxLength} they have to be raw_data or external data");
    }

    private static bool TrySize(OnnxElementType type, long[] shape, out long elements, out long bytes)
    {
        (elements, bytes) = (0, 0);
        if (shape.Contains(0))
        {
            return true;
        }

        elements = 1;
        foreach (long extent in shape)
        {
            if (extent > long.MaxValue / 16 / elements)
            {
                return false;
            }

            elements *= extent;
        }

        // A factor of 16 is left for the bytes of the widest type.
        bytes = type.ByteCount(elements);
        return true;
    }

    private static int FieldOf(OnnxElementType type) => type switch
    {
        OnnxElementType.Float or OnnxElementType.Complex64 => Fields.Tensor.FloatData,
        OnnxElementType.Double or OnnxElementType.Complex128 => Fields.Tensor.DoubleData,
        OnnxElementType.Int64 => Fields.Tensor.Int64Data,
        OnnxElementType.UInt32 or OnnxElementType.UInt64 => Fields.Tensor.UInt64Data,
        _ => Fields.Tensor.Int32Data,
    };

    // Writers differ in whether small entries carry a sign, so both readings of their bits are taken.
    private static (long Least, long Most) RangeOf(OnnxElementType type) => (type, type.Bits()) switch
    {
        (OnnxElementType.Bool, _) => (0, 1),
        (OnnxElementType.UInt32, _) => (0, uint.MaxValue),
        (_, <= 8) => (sbyte.MinValue, byte.MaxValue),
        (_, 16) => (short.MinValue, ushort.MaxValue),
        (_, 32) => (int.MinValue, uint.MaxValue),
        _ => (long.MinValue, long.MaxValue),
    };

    private static string NameOf(int field) => field switch
    {
        Fields.Tensor.FloatData => "float_data",
        Fields.Tensor.Int32Data => "int32_data",
        Fields.Tensor.Int64Data => "int64_data",
        Fields.Tensor.DoubleData => "double_data",
        _ => "uint64_data",
    };

    private static string Shown(long[] shape) => Excerpt.Of(string.Join(",", shape.Take(16)) + (shape.Length > 16 ? ",…" : ""));

    private OnnxTensor? Fail(string code, Content content, string message, string help = "")
    {
        problems.Error(code, $"tensor '{Excerpt.Of(content.Name)}' {message}", help);
        return null;
    }

    private ITensorBytes? FailData(Content content, string message)
    {
        Fail(Codes.OnnxInvalid, content, message);
        return null;
    }

    /// <summary>What a TensorProto holds, field by field.</summary>
    private sealed record Content(
        string Name, OnnxElementType Type, List<long> Dims, List<TypedData> Typed, List<(string, string)> External, long Strings, long Location, bool HasSegment,
        ByteRange? Raw);
}
