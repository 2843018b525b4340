using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using Flightc.Tests.Onnx.Wire;
using Google.Protobuf;

namespace Flightc.Tests.Onnx.Reading;

public sealed class TensorTests
{
    private const int Dims = 1, DataType = 2, FloatData = 4, Int32Data = 5, Int64Data = 7, DoubleData = 10, UInt64Data = 11;

    [Fact]
    public void Raw_data_are_given_as_they_lie()
    {
        OnnxTensor tensor = Read(Models.Tensor("w", Models.Float, [2], [1, 2, 3, 4, 5, 6, 7, 8]));

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Bytes(tensor));
        Assert.Equal(("w", OnnxElementType.Float, 2L), (tensor.Name, tensor.ElementType, tensor.ElementCount));
    }

    public static TheoryData<int, int[], string> SmallIntegers() => new()
    {
        { (int)OnnxElementType.UInt8, [0, 200], "00C8" },
        { (int)OnnxElementType.Int8, [-1, 127], "FF7F" },
        { (int)OnnxElementType.UInt16, [65535, 1], "FFFF0100" },
        { (int)OnnxElementType.Int16, [-2, 3], "FEFF0300" },
        { (int)OnnxElementType.Int32, [-2, 3], "FEFFFFFF03000000" },
        { (int)OnnxElementType.Bool, [1, 0], "0100" },
        { (int)OnnxElementType.Float16, [0x3C00, 0xC000], "003C00C0" },
        { (int)OnnxElementType.BFloat16, [0x3F80, 0xC000], "803F00C0" },
        { (int)OnnxElementType.Float8E4M3FN, [0x38, 0xB8], "38B8" },
        { (int)OnnxElementType.Float8E4M3FNUZ, [0x38, 0xB8], "38B8" },
        { (int)OnnxElementType.Float8E5M2, [0x3C, 0xBC], "3CBC" },
        { (int)OnnxElementType.Float8E5M2FNUZ, [0x3C, 0xBC], "3CBC" },
        { (int)OnnxElementType.Int4, [0x21], "21" },
        { (int)OnnxElementType.UInt4, [0xF1], "F1" },
        { (int)OnnxElementType.UInt2, [0x0B], "0B" },
        { (int)OnnxElementType.Int2, [0x0B], "0B" },
    };

    [Theory]
    [MemberData(nameof(SmallIntegers))]
    public void Entries_of_int32_data_become_raw_data(int type, int[] entries, string hexadecimal)
    {
        TensorProto proto = Models.Tensor("w", type, [2]);
        proto.Int32Data.AddRange(entries);
        WireBytes loose = new WireBytes().Int(Dims, 2).Int(DataType, type);
        foreach (int entry in entries)
        {
            loose.Int(Int32Data, entry);
        }

        Assert.Equal(hexadecimal, Convert.ToHexString(Bytes(Read(proto))));
        Assert.Equal(hexadecimal, Convert.ToHexString(Bytes(OnnxReader.ReadTensor(loose.ToArray(), "loose"))));
    }

    [Fact]
    public void Other_typed_fields_become_raw_data_packed_or_not()
    {
        WireBytes packedAndLoose = new WireBytes().Int(Dims, 3).Int(DataType, 1).Key(FloatData, 5).Raw(BitConverter.GetBytes(1f))
            .Bytes(FloatData, BitConverter.GetBytes(2f)).Key(FloatData, 5).Raw(BitConverter.GetBytes(3f));
        Assert.Equal([.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(3f)], Bytes(Parse(packedAndLoose)));

        WireBytes doubles = new WireBytes().Int(Dims, 1).Int(DataType, 11).Key(DoubleData, 1).Raw(BitConverter.GetBytes(2.5));
        Assert.Equal(BitConverter.GetBytes(2.5), Bytes(Parse(doubles)));

        WireBytes longs = new WireBytes().Int(Dims, 2).Int(DataType, 7).Bytes(Int64Data, new WireBytes().Varint(5).Varint(ulong.MaxValue).ToArray());
        Assert.Equal([.. BitConverter.GetBytes(5L), .. BitConverter.GetBytes(-1L)], Bytes(Parse(longs)));

        WireBytes words = new WireBytes().Int(Dims, 2).Int(DataType, 12).Int(UInt64Data, 7).Int(UInt64Data, uint.MaxValue);
        Assert.Equal([.. BitConverter.GetBytes(7u), .. BitConverter.GetBytes(uint.MaxValue)], Bytes(Parse(words)));
    }

    [Fact]
    public void Many_packed_integers_are_decoded_across_windows()
    {
        // Varints of 1 to 10 bytes, more of them than a window of the decoder holds.
        RandomNumbers random = new(7);
        long[] values = [.. Enumerable.Range(0, 300_000).Select(_ => (long)(random.Next() >> random.Below(64)))];
        TensorProto proto = Models.Tensor("w", Models.Int64, [values.Length]);
        proto.Int64Data.AddRange(values);

        byte[] bytes = Bytes(Read(proto));

        Assert.Equal(values, Enumerable.Range(0, values.Length).Select(i => BitConverter.ToInt64(bytes, 8 * i)));
    }

    [Theory]
    [InlineData((int)OnnxElementType.Int4, 3, 2)]
    [InlineData((int)OnnxElementType.UInt4, 4, 2)]
    [InlineData((int)OnnxElementType.Int2, 5, 2)]
    [InlineData((int)OnnxElementType.UInt2, 0, 0)]
    [InlineData((int)OnnxElementType.Float4E2M1, 1, 1)]
    [InlineData((int)OnnxElementType.Complex128, 1, 16)]
    [InlineData((int)OnnxElementType.Float8E8M0, 3, 3)]
    [InlineData((int)OnnxElementType.BFloat16, 3, 6)]
    public void Raw_data_have_as_many_bytes_as_type_and_shape_say(int type, int elements, int bytes)
    {
        Assert.Equal(bytes, Read(Models.Tensor("w", type, [elements], new byte[bytes])).Data.Length);
        Refused(Models.Tensor("w", type, [elements], new byte[bytes + 1]), Codes.OnnxInvalid, $"has {bytes + 1} bytes");
    }

    [Fact]
    public void A_tensor_without_elements_needs_no_data()
    {
        OnnxTensor tensor = Read(Models.Tensor("w", Models.Float, [long.MaxValue, 0, long.MaxValue]));

        Assert.Equal((0L, 0L), (tensor.ElementCount, tensor.Data.Length));
    }

    [Fact]
    public void Texts_are_recognised_and_counted()
    {
        TensorProto proto = Models.Tensor("w", (int)OnnxElementType.String, [2]);
        proto.StringData.Add(ByteString.CopyFromUtf8("a"));
        Refused(proto, Codes.OnnxInvalid, "has 1 texts");
        proto.StringData.Add(ByteString.CopyFromUtf8("b"));

        Assert.Equal(OnnxElementType.String, Read(proto).ElementType);
    }

    public static TheoryData<string, string, string> Wrong() => new()
    {
        { "no type", Codes.OnnxInvalid, "no element type" },
        { "unknown type", Codes.OnnxTypeUnsupported, "element type 99" },
        { "negative type", Codes.OnnxTypeUnsupported, "element type -1" },
        { "negative extent", Codes.OnnxInvalid, "[2,-1]" },
        { "too many elements", Codes.OnnxInvalid, "more elements" },
        { "a product of 0 modulo 2^64", Codes.OnnxInvalid, "more elements" },
        { "no data", Codes.OnnxInvalid, "has no data" },
        { "few entries", Codes.OnnxInvalid, "has 1 entries in float_data; its shape [2] takes 2" },
        { "two fields", Codes.OnnxInvalid, "more than one field" },
        { "wrong field", Codes.OnnxInvalid, "has its data in int64_data; float has it in float_data or raw_data" },
        { "entry out of range", Codes.OnnxInvalid, "the entry 300 in int32_data, which is no uint8" },
        { "bool of 2", Codes.OnnxInvalid, "the entry 2 in int32_data, which is no bool" },
        { "segment", Codes.OnnxTypeUnsupported, "segment" },
        { "unknown place", Codes.OnnxInvalid, "place of kind 7" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_tensor_that_is_not_what_it_says_is_refused(string what, string code, string message)
    {
        TensorProto proto = Models.Tensor("w", Models.Float, [2], new byte[8]);
        switch (what)
        {
            case "no type":
                proto.DataType = 0;
                break;
            case "unknown type":
                proto.DataType = 99;
                break;
            case "negative type":
                proto.DataType = -5;
                break;
            case "negative extent":
                proto.Dims.Add(-1);
                break;
            case "too many elements":
                proto.Dims.Add(long.MaxValue / 2);
                break;
            case "a product of 0 modulo 2^64":
                proto.Dims.Clear();
                proto.Dims.AddRange([1L << 32, 1L << 32]);
                break;
            case "no data":
                proto.RawData = ByteString.Empty;
                break;
            case "few entries":
                proto.RawData = ByteString.Empty;
                proto.FloatData.Add(1);
                break;
            case "two fields":
                proto.FloatData.Add(1);
                break;
            case "wrong field":
                proto.RawData = ByteString.Empty;
                proto.Int64Data.AddRange([1, 2]);
                break;
            case "entry out of range":
                proto = Models.Tensor("w", (int)OnnxElementType.UInt8, [2]);
                proto.Int32Data.AddRange([255, 300]);
                break;
            case "bool of 2":
                proto = Models.Tensor("w", (int)OnnxElementType.Bool, [2]);
                proto.Int32Data.AddRange([2, 1]);
                break;
            case "segment":
                proto.Segment = new TensorProto.Types.Segment();
                break;
            case "unknown place":
                proto.RawData = ByteString.Empty;
                proto.DataLocation = (TensorProto.Types.DataLocation)7;
                break;
        }

        Refused(proto, code, message);
    }

    [Fact]
    public void All_wrong_tensors_of_a_model_are_named_at_once()
    {
        ModelProto model = Models.Model(
            [Models.Node("Add", ["a", "b"], ["y"])], [], ["y"], Models.Tensor("a", 0, [1], new byte[4]), Models.Tensor("b", Models.Float, [1], new byte[5]));

        IReadOnlyList<Diagnostic> problems = Reads.Refuse(model);

        Assert.Equal(["'a'", "'b'"], problems.Select(d => d.Message.Split(' ')[1]));
    }

    [Fact]
    public void More_problems_than_anybody_reads_are_counted()
    {
        ModelProto model = Models.Product();
        model.Graph.Initializer.AddRange(Enumerable.Range(0, 80).Select(i => Models.Tensor(i.ToString(CultureInfo.InvariantCulture), 0, [1])));

        IReadOnlyList<Diagnostic> problems = Reads.Refuse(model);

        Assert.Equal(50, problems.Count(d => d.Severity == Severity.Error));
        Assert.Contains("30 more problems", problems[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sparse_initializer_is_refused_by_name()
    {
        ModelProto model = Models.Product();
        model.Graph.SparseInitializer.Add(new SparseTensorProto { Values = Models.Tensor("sparse_w", Models.Float, [1], new byte[4]) });

        Reads.RefuseWith(model, Codes.OnnxTypeUnsupported, "'sparse_w' is a sparse tensor");
    }

    private static void Refused(TensorProto proto, string code, string message)
    {
        Diagnostic only = Assert.Single(Assert.Throws<CompilationException>(() => Read(proto)).Diagnostics);
        Assert.Equal(code, only.Code);
        Assert.Contains(message, only.Message, StringComparison.Ordinal);
    }

    private static OnnxTensor Read(TensorProto proto) => OnnxReader.ReadTensor(proto.ToByteArray(), "test.pb");

    private static OnnxTensor Parse(WireBytes bytes) => OnnxReader.ReadTensor(bytes.ToArray(), "test.pb");

    private static byte[] Bytes(OnnxTensor tensor)
    {
        byte[] bytes = new byte[tensor.Data.Length];
        tensor.Data.Read(0, bytes);
        return bytes;
    }
}
