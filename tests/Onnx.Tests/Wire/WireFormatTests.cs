using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using Google.Protobuf;

namespace Flightc.Tests.Onnx.Wire;

public sealed class WireFormatTests
{
    private const int IrVersion = 1, Graph = 7, Node = 1, Name = 2, Attribute = 5, G = 6, Inputs = 11, Type = 2, SequenceType = 4;

    public static TheoryData<string, byte[], string> Broken() => new()
    {
        { "a varint of eleven bytes", [0x08, .. Enumerable.Repeat((byte)0x80, 10), 1], "more than 10 bytes" },
        { "a varint of 65 bits", [0x08, .. Enumerable.Repeat((byte)0xFF, 9), 2], "more than 64 bits" },
        { "a varint that is cut", [0x08, 0x80], "ends within a number" },
        { "a group", new WireBytes().Key(3, 3).ToArray(), "group" },
        { "the end of a group", new WireBytes().Key(3, 4).ToArray(), "group" },
        { "wire type 6", new WireBytes().Key(3, 6).ToArray(), "wire type 6" },
        { "wire type 7", new WireBytes().Key(3, 7).ToArray(), "wire type 7" },
        { "field 0", new WireBytes().Key(0, 0).ToArray(), "number 0" },
        { "a field of more than 29 bits", new WireBytes().Varint(1UL << 32 << 3).ToArray(), "number 4294967296" },
        { "a length beyond the end", new WireBytes().Key(Graph, 2).Varint(1000).Raw(1).ToArray(), "claims 1000 bytes, but only 1 remain" },
        { "a length of 64 bits", new WireBytes().Key(Graph, 2).Varint(ulong.MaxValue).ToArray(), "claims 18446744073709551615 bytes" },
        { "a length beyond the message around it", new WireBytes().Bytes(Graph, [0x12, 5, 1]).Raw(1, 2, 3, 4, 5).ToArray(), "claims 5 bytes, but only 1 remain" },
        { "an unknown field of 8 bytes that is cut", new WireBytes().Key(99, 1).Raw(1, 2, 3).ToArray(), "takes 8 bytes" },
        { "an unknown field of 4 bytes that is cut", new WireBytes().Key(99, 5).Raw(1, 2, 3).ToArray(), "takes 4 bytes" },
        { "a number where a message is wanted", new WireBytes().Int(Graph, 5).ToArray(), "written as Varint; Bytes is wanted" },
        { "a name that is no UTF-8", new WireBytes().Message(Graph, new WireBytes().Bytes(Name, [0xC3, 0x28])).ToArray(), "not valid UTF-8" },
        { "two graphs", new WireBytes().Bytes(Graph, []).Bytes(Graph, []).ToArray(), "two graphs" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_bytes_are_refused_with_their_place(string what, byte[] bytes, string message)
    {
        Diagnostic only = Assert.Single(Reads.Refuse(bytes));
        Assert.Equal(Codes.OnnxInvalid, only.Code);
        Assert.StartsWith("at byte ", only.Message, StringComparison.Ordinal);
        Assert.True(only.Message.Contains(message, StringComparison.Ordinal), $"{what}: {only.Message}");
    }

    [Fact]
    public void Unknown_fields_of_every_kind_are_passed_over()
    {
        byte[] extra = new WireBytes().Int(900, -1).Key(901, 1).Raw(new byte[8]).Key(902, 5).Raw(new byte[4]).Text(903, "later").ToArray();
        DiagnosticBag bag = new();

        using OnnxModel? model = OnnxReader.Read((byte[])[.. extra, .. Models.Product().ToByteArray(), .. extra], "m.onnx", bag);

        Assert.Empty(bag.Items);
        Assert.Equal("MatMul", Assert.Single(model!.Graph.Nodes).OpType);
    }

    [Fact]
    public void Graphs_nested_20000_deep_are_refused()
    {
        byte[] graph = Nest(20_000, Node, Attribute, G);

        Diagnostic only = Assert.Single(Reads.Refuse(new WireBytes().Int(IrVersion, 8).Bytes(Graph, graph).ToArray()));

        Assert.Contains("nested more than 100 deep", only.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_nested_20000_deep_are_refused()
    {
        byte[] type = Nest(20_000, SequenceType, 1);
        byte[] value = new WireBytes().Text(1, "x").Bytes(Type, type).ToArray();

        Diagnostic only = Assert.Single(Reads.Refuse(new WireBytes().Int(IrVersion, 8).Message(Graph, new WireBytes().Bytes(Inputs, value)).ToArray()));

        Assert.Contains("nested more than 100 deep", only.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_that_nobody_reads_may_be_nested_as_it_likes()
    {
        byte[] unknown = Nest(20_000, 1);
        DiagnosticBag bag = new();

        using OnnxModel? model = OnnxReader.Read((byte[])[.. Models.Product().ToByteArray(), .. new WireBytes().Bytes(500, unknown).ToArray()], "m.onnx", bag);

        Assert.Empty(bag.Items);
        Assert.NotNull(model);
    }

    [Fact]
    public void Every_cut_of_a_model_is_refused()
    {
        byte[] whole = Models.Product().ToByteArray();
        for (int length = 0; length < whole.Length; length++)
        {
            // Cut between two fields of the model itself it still parses, and then something is missing.
            Assert.All(Reads.Refuse(whole[..length]), d => Assert.Matches("^FLC150[12]$", d.Code));
        }
    }

    [Fact]
    public void A_model_beyond_2_GiB_is_read_where_it_lies()
    {
        const long elements = 3L << 28;
        const long bytes = elements * sizeof(float);
        using TemporaryFolder folder = new();
        byte[] tensorHead = new WireBytes().Int(1, elements).Int(2, 1).Text(8, "w").Key(9, 2).Varint((ulong)bytes).ToArray();
        GraphProto rest = Models.Model([Models.Node("Identity", ["w"], ["y"])], [], ["y"]).Graph;
        long tensorBytes = tensorHead.Length + bytes;
        byte[] initializerHead = new WireBytes().Key(5, 2).Varint((ulong)tensorBytes).ToArray();
        byte[] modelHead = new WireBytes().Int(IrVersion, 8).Message(8, new WireBytes().Int(2, 17)).Key(Graph, 2)
            .Varint((ulong)(rest.CalculateSize() + initializerHead.Length + tensorBytes)).ToArray();
        using (FileStream file = File.Create(folder["m.onnx"]))
        {
            file.Write([.. modelHead, .. rest.ToByteArray(), .. initializerHead, .. tensorHead]);
            // A hole: the file takes no room.
            file.Position += bytes - sizeof(float);
            file.Write(BitConverter.GetBytes(1.5f));
        }

        using OnnxModel model = OnnxReader.Read(folder["m.onnx"]);

        OnnxTensor weight = model.Graph.Initializers["w"];
        Assert.Equal(bytes, weight.Data.Length);
        byte[] last = new byte[8];
        weight.Data.Read(bytes - 8, last);
        Assert.Equal((0f, 1.5f), (BitConverter.ToSingle(last), BitConverter.ToSingle(last, 4)));
    }

    // Messages in messages, by the numbers of their fields, again and again.
    private static byte[] Nest(int times, params int[] fields)
    {
        Stack<byte[]> heads = new();
        int bytes = 0;
        for (int i = 0; i < times; i++)
        {
            foreach (int field in fields.Reverse())
            {
                heads.Push(new WireBytes().Key(field, 2).Varint((ulong)bytes).ToArray());
                bytes += heads.Peek().Length;
            }
        }

        return [.. heads.SelectMany(h => h)];
    }
}
