using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using Flightc.Onnx.Reading;
using static Flightc.Tests.Onnx.Models;

namespace Flightc.Tests.Onnx.Reading;

public sealed class GraphTests
{
    [Fact]
    public void A_model_comes_with_all_it_says()
    {
        ModelProto proto = Product();
        proto.ProducerVersion = "1.2";
        proto.MetadataProps.Add(new StringStringEntryProto { Key = "k", Value = "v" });
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        proto.Graph.ValueInfo.Add(Value("y", Float, 2, 4));
        proto.Graph.Input[0].Type.TensorType.Shape = new TensorShapeProto();
        proto.Graph.Input[0].Type.TensorType.Shape.Dim.AddRange([new() { DimParam = "batch" }, new() { DimValue = 3 }, new(), new() { DimValue = -1 }]);

        using OnnxModel model = Reads.Accept(proto);

        Assert.Equal((8, "test 1.2", "v", 17, 1), (model.IrVersion, model.Producer, model.Metadata["k"], model.Opsets[""], model.Opsets["com.microsoft"]));
        OnnxNode node = Assert.Single(model.Graph.Nodes);
        Assert.Equal(("#0 (MatMul)", "", "MatMul", 17), (node.Name, node.Domain, node.OpType, node.Version));
        Assert.Equal(["x", "w"], node.Inputs);
        Assert.Equal([new OnnxDim(null, "batch"), new OnnxDim(3, ""), new OnnxDim(null, ""), new OnnxDim(null, "")], Assert.Single(model.Graph.Inputs).Shape);
        Assert.Equal([3L, 4L], model.Graph.Initializers["w"].Shape);
        Assert.Equal([new OnnxDim(2, ""), new OnnxDim(4, "")], model.Graph.Values["y"].Shape);
    }

    [Fact]
    public void Attributes_of_every_kind_are_read()
    {
        NodeProto node = Node("Op", ["x"], ["y"]);
        node.Domain = "ai.onnx";
        node.Attribute.AddRange(
        [
            Int("i", -5),
            new() { Name = "f", Type = AttributeProto.Types.AttributeType.Float, F = 1.5f },
            new() { Name = "s", Type = AttributeProto.Types.AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8("text") },
            new() { Name = "bytes", Type = AttributeProto.Types.AttributeType.String, S = Google.Protobuf.ByteString.CopyFrom(0xFF) },
            new() { Name = "is", Type = AttributeProto.Types.AttributeType.Ints, Ints = { 1, -2 } },
            new() { Name = "fs", Type = AttributeProto.Types.AttributeType.Floats, Floats = { 1, 2 } },
            new() { Name = "ss", Type = AttributeProto.Types.AttributeType.Strings, Strings = { Google.Protobuf.ByteString.CopyFromUtf8("a") } },
            new() { Name = "t", Type = AttributeProto.Types.AttributeType.Tensor, T = Tensor("", Float, [1], new byte[4]) },
            Graph("g", Model([Node("Identity", ["x"], ["z"])], [], ["z"]).Graph),
            new() { Name = "type", Type = AttributeProto.Types.AttributeType.TypeProto, Tp = new TypeProto() },
        ]);

        using OnnxModel model = Reads.Accept(Model([node], ["x"], ["y"]));

        IReadOnlyDictionary<string, OnnxAttribute> attributes = Assert.Single(model.Graph.Nodes).Attributes;
        Assert.Equal(new IntAttribute("i", -5), attributes["i"]);
        Assert.Equal(new FloatAttribute("f", 1.5f), attributes["f"]);
        Assert.Equal(new StringAttribute("s", "text"), attributes["s"]);
        Assert.Equal(new OtherAttribute("bytes", "bytes that are no text"), attributes["bytes"]);
        Assert.Equal([1, -2], Assert.IsType<IntsAttribute>(attributes["is"]).Values);
        Assert.Equal([1f, 2f], Assert.IsType<FloatsAttribute>(attributes["fs"]).Values);
        Assert.Equal(["a"], Assert.IsType<StringsAttribute>(attributes["ss"]).Values);
        Assert.Equal([1L], Assert.IsType<TensorAttribute>(attributes["t"]).Value.Shape);
        Assert.Equal("Identity", Assert.Single(Assert.IsType<GraphAttribute>(attributes["g"]).Value.Nodes).OpType);
        Assert.Equal(new OtherAttribute("type", "TYPE_PROTO"), attributes["type"]);
        Assert.Equal("", Assert.Single(model.Graph.Nodes).Domain);
    }

    [Fact]
    public void Nodes_in_order_stay_as_they_are()
    {
        using OnnxModel model = Reads.Accept(Model([Node("A", ["x"], ["a"]), Node("B", ["x"], ["b"]), Node("C", ["b"], ["c"]), Node("D", ["a", "c"], ["y"])], ["x"], ["y"]));

        Assert.Equal("ABCD", string.Concat(model.Graph.Nodes.Select(n => n.OpType)));
    }

    [Fact]
    public void Nodes_out_of_order_are_moved_as_little_as_possible()
    {
        using OnnxModel model = Reads.Accept(Model([Node("D", ["a", "c"], ["y"]), Node("C", ["b"], ["c"]), Node("A", ["x"], ["a"]), Node("B", ["x"], ["b"])], ["x"], ["y"]));

        Assert.Equal("ABCD", string.Concat(model.Graph.Nodes.Select(n => n.OpType)));
        Assert.Equal("#2 (A)", model.Graph.Nodes[0].Name);
    }

    [Fact]
    public void A_node_waits_for_what_its_graph_uses_from_outside()
    {
        GraphProto branch = Model([Node("Neg", ["a"], ["r"])], [], ["r"]).Graph;
        NodeProto choice = Node("If", ["c"], ["y"], Graph("then_branch", branch), Graph("else_branch", branch.Clone()));

        using OnnxModel model = Reads.Accept(Model([choice, Node("A", ["x"], ["a"])], ["x", "c"], ["y"]));

        Assert.Equal(["A", "If"], model.Graph.Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void A_branch_may_give_a_value_of_the_graph_around_it()
    {
        GraphProto branch = new() { Name = "b" };
        branch.Output.Add(Value("a"));
        NodeProto choice = Node("If", ["c"], ["y"], Graph("then_branch", branch), Graph("else_branch", branch.Clone()));

        using OnnxModel model = Reads.Accept(Model([choice, Node("A", ["x"], ["a"])], ["x", "c"], ["y"]));

        Assert.Equal(["A", "If"], model.Graph.Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void A_graph_may_hide_a_name_of_the_graph_around_it()
    {
        GraphProto branch = Model([Node("Neg", ["c"], ["x"])], [], ["x"]).Graph;

        using OnnxModel model = Reads.Accept(Model([Node("If", ["c"], ["y"], Graph("then_branch", branch))], ["x", "c"], ["y"]));

        Assert.Single(model.Graph.Nodes);
    }

    [Fact]
    public void An_input_with_a_default_is_no_input()
    {
        using OnnxModel model = Reads.Accept(Model([Node("MatMul", ["x", "w"], ["y"])], ["x", "w"], ["y"], Tensor("w", Float, [1], new byte[4])));

        Assert.Equal(["x"], model.Graph.Inputs.Select(v => v.Name));
    }

    [Fact]
    public void A_cycle_is_told_in_the_direction_of_the_data() =>
        Reads.RefuseWith(
            Model([Node("A", ["x", "c"], ["a"]), Node("B", ["a"], ["b"]), Node("C", ["b"], ["c"]), Node("D", ["c"], ["y"])], ["x"], ["y"]),
            Codes.OnnxGraphInvalid, "nodes wait for each other: '#1 (B)' → '#2 (C)' → '#0 (A)' → '#1 (B)'");

    [Fact]
    public void A_node_that_uses_its_own_result_is_a_cycle() =>
        Reads.RefuseWith(Model([Node("A", ["y"], ["y"])], [], ["y"]), Codes.OnnxGraphInvalid, "'#0 (A)' → '#0 (A)'");

    [Fact]
    public void A_cycle_through_a_branch_is_found()
    {
        GraphProto branch = Model([Node("Neg", ["y"], ["r"])], [], ["r"]).Graph;

        Reads.RefuseWith(Model([Node("If", ["c"], ["y"], Graph("then_branch", branch))], ["c"], ["y"]), Codes.OnnxGraphInvalid, "wait for each other");
    }

    [Fact]
    public void All_wrong_names_are_told_at_once()
    {
        GraphProto branch = Model([Node("Neg", ["inner_nope"], ["r"])], [], ["r", "r"]).Graph;
        ModelProto model = Model(
            [Node("A", ["nope"], ["a"]), Node("B", ["x"], ["a"]), Node("C", ["x"], ["x"]), Node("", ["x"], ["e"]), Node("If", ["x"], ["i"], Graph("then_branch", branch)),
                Node("F", ["x"], ["f"], Int("k", 1), Int("k", 2)), Node("R", ["x"], ["r"], Reference("k", "up"))],
            ["x", "x"], ["lost"], Tensor("w", Float, [0]), Tensor("w", Float, [0]), Tensor("", Float, [0]));

        IReadOnlyList<Diagnostic> problems = Reads.Refuse(model);

        Assert.All(problems, d => Assert.Equal(Codes.OnnxGraphInvalid, d.Code));
        string all = string.Join('\n', problems.Select(d => d.Message));
        foreach (string part in (string[])
            [
                "node '#0 (A)' uses 'nope', which nothing defines", "'a' is defined twice: by node '#0 (A)' and by node '#1 (B)'",
                "'x' is defined twice: by an input or initializer and by node '#2 (C)'", "node '#3 ()' has no operator",
                "node '#4 (If)/then_branch/#0 (Neg)' uses 'inner_nope'", "the graph '#4 (If)/then_branch' has an output twice", "two named 'k'",
                "refers to 'up' of a function, but is in none", "there are two inputs 'x'", "two initializers 'w'", "an initializer has no name", "the output 'lost', which nothing defines",
            ])
        {
            Assert.Contains(part, all, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_graph_without_outputs_is_refused() => Reads.RefuseWith(Model([Node("A", ["x"], ["a"])], ["x"], []), Codes.OnnxGraphInvalid, "no output");

    [Fact]
    public void A_domain_without_a_version_is_told_once_with_its_nodes()
    {
        NodeProto first = Node("A", ["x"], ["a"]);
        NodeProto second = Node("B", ["a"], ["y"]);
        first.Domain = second.Domain = "com.example";

        Reads.RefuseWith(Model([first, second], ["x"], ["y"]), Codes.OnnxGraphInvalid, "'com.example' is used by '#0 (A)', '#1 (B)'");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(29)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void An_opset_that_is_not_known_is_refused(long version)
    {
        ModelProto model = Product();
        model.OpsetImport[0].Version = version;

        Reads.RefuseWith(model, Codes.OnnxOperatorUnsupported, "7 to 28 are supported");
    }

    [Theory]
    [InlineData(OnnxReader.MinOpset)]
    [InlineData(OnnxReader.MaxOpset)]
    public void The_first_and_the_last_opset_are_read(int version)
    {
        ModelProto model = Product();
        model.OpsetImport[0].Version = version;
        model.OpsetImport[0].Domain = "ai.onnx";

        using OnnxModel read = Reads.Accept(model);

        Assert.Equal(version, read.Graph.Nodes[0].Version);
    }

    [Fact]
    public void Two_versions_of_a_domain_are_refused()
    {
        ModelProto model = Product();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 18 });

        Reads.RefuseWith(model, Codes.OnnxGraphInvalid, "in the versions 17 and 18");
    }

    [Fact]
    public void Ir_versions_that_are_too_old_or_missing_are_refused_and_later_ones_warned_of()
    {
        ModelProto model = Product();
        model.IrVersion = 2;
        Reads.RefuseWith(model, Codes.OnnxInvalid, "ir_version 2");
        model.IrVersion = 0;
        Reads.RefuseWith(model, Codes.OnnxInvalid, "no ir_version");
        model.IrVersion = 99;
        DiagnosticBag bag = new();
        using OnnxModel? read = OnnxReader.Read(Google.Protobuf.MessageExtensions.ToByteArray(model), "m.onnx", bag);
        Assert.NotNull(read);
        Assert.Equal(Severity.Warning, Assert.Single(bag.Items).Severity);
    }

    [Fact]
    public void A_model_without_opsets_or_graph_is_refused()
    {
        ModelProto model = Product();
        model.OpsetImport.Clear();
        Assert.Contains(Reads.Refuse(model), d => d.Message.Contains("imports no opset", StringComparison.Ordinal));
        ModelProto empty = Product();
        empty.Graph = null;
        Reads.RefuseWith(empty, Codes.OnnxInvalid, "has no graph");
    }

    [Fact]
    public void A_chain_of_50000_nodes_backwards_is_sorted()
    {
        const int count = 50_000;
        string Name(int i) => i.ToString(CultureInfo.InvariantCulture);

        using OnnxModel model = Reads.Accept(Model([.. Enumerable.Range(0, count).Reverse().Select(i => Node("Neg", [Name(i)], [Name(i + 1)]))], ["0"], [Name(count)]));

        Assert.Equal(Enumerable.Range(0, count).Select(Name), model.Graph.Nodes.Select(n => n.Inputs[0]));
    }

    [Fact]
    public void A_cycle_of_50000_nodes_is_told_in_short()
    {
        const int count = 50_000;
        string Name(int i) => (i % count).ToString(CultureInfo.InvariantCulture);

        Reads.RefuseWith(Model([.. Enumerable.Range(0, count).Select(i => Node("Neg", [Name(i)], [Name(i + 1)]))], [], ["0"]), Codes.OnnxGraphInvalid, "… (50000 nodes)");
    }
}
