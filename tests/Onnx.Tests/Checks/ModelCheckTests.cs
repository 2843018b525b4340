using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Checks;
using Flightc.Onnx.Proto;
using static Flightc.Tests.Onnx.Models;

namespace Flightc.Tests.Onnx.Checks;

public sealed class ModelCheckTests
{
    [Fact]
    public void A_good_model_passes() => Assert.Empty(Check(Product()));

    [Fact]
    public void An_operator_that_is_not_known_is_told_once_with_all_its_nodes()
    {
        NodeProto fourth = Node("FlashFoo", ["c"], ["d"]);
        fourth.Name = "last";

        Diagnostic only = Assert.Single(
            Check(Model([Node("FlashFoo", ["x"], ["a"]), Node("FlashFoo", ["a"], ["b"]), Node("FlashFoo", ["b"], ["c"]), fourth, Node("FlashFoo", ["d"], ["y"])], ["x"], ["y"])));

        Assert.Equal((Codes.OnnxOperatorUnsupported, Severity.Error, "test.onnx"), (only.Code, only.Severity, only.Location));
        Assert.Contains(
            "operator FlashFoo of ai.onnx (opset 17) is not supported: nodes '#0 (FlashFoo)', '#1 (FlashFoo)', '#2 (FlashFoo)', 'last' and 1 more on float", only.Message, StringComparison.Ordinal);
        Assert.NotEmpty(only.Help);
    }

    [Fact]
    public void Everything_is_told_at_once()
    {
        AttributeProto axis = new() { Name = "axis", Type = AttributeProto.Types.AttributeType.Float, F = 1 };
        ModelProto model = Model(
            [Node("Softmax", ["x"], ["a"], axis), Node("Cast", ["a"], ["b"]), Node("Nope", ["b"], ["c"]), Node("MatMul", ["x", "i"], ["d"]), Node("MatMul", ["x"], ["e"])], ["x"], ["a"],
            Tensor("i", Models.Int64, [1], new byte[8]));

        IReadOnlyList<Diagnostic> problems = Check(model);

        Assert.Equal(
            ["node '#0 (Softmax)'", "node '#1 (Cast)'", "node '#3 (MatMul)'", "node '#4 (MatMul)'", "operator Nope of ai.onnx (opset 17) is not supported"],
            problems.Select(d => d.Message.Split(':')[0]));
    }

    [Theory]
    [InlineData("Softmax", 2)]
    [InlineData("Softmax", -3)]
    public void An_axis_is_held_against_the_rank_also_where_extents_are_not_known(string type, long axis)
    {
        ModelProto model = Model([Node("MatMul", ["x", "w"], ["m"]), Node(type, ["m"], ["y"], Int("axis", axis))], ["x"], ["y"], Tensor("w", Float, [3, 4], new byte[48]));
        model.Graph.Input[0].Type.TensorType.Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "n" }, new TensorShapeProto.Types.Dimension { DimValue = 3 } } };

        Diagnostic only = Assert.Single(Check(model));

        Assert.Equal(Codes.OnnxShapeInvalid, only.Code);
        Assert.Contains($"axis {axis} is outside", only.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_are_held_against_each_other_where_they_are_known()
    {
        ModelProto model = Product();
        model.Graph.Input[0] = Value("x", Float, 2, 5);

        Assert.Equal(Codes.OnnxShapeInvalid, Assert.Single(Check(model)).Code);
    }

    [Fact]
    public void Shapes_that_are_known_only_when_the_model_runs_are_not_judged()
    {
        // 8 elements, if n is what it has to be.
        TensorProto shape = Tensor("shape", Models.Int64, [2], [2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        ModelProto model = Model([Node("Reshape", ["x", "shape"], ["r"]), Node("MatMul", ["r", "w"], ["y"])], ["x"], ["y"], shape, Tensor("w", Float, [3, 4], new byte[48]));
        model.Graph.Input[0].Type.TensorType.Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "n" } } };

        Assert.DoesNotContain(Check(model), d => d.Message.Contains("Reshape", StringComparison.Ordinal));
    }

    [Fact]
    public void A_branch_that_may_not_be_taken_is_only_warned_of()
    {
        GraphProto good = Model([Node("Identity", ["x"], ["t"])], [], ["t"]).Graph;
        GraphProto bad = Model([Node("Nope", ["x"], ["e"])], [], ["e"]).Graph;
        ModelProto model = Model([Node("If", ["c"], ["y"], Graph("then_branch", good), Graph("else_branch", bad))], ["x", "c"], ["y"]);
        model.Graph.Input[1] = Value("c", (int)OnnxElementType.Bool);

        Diagnostic only = Assert.Single(Check(model));

        Assert.Equal(Severity.Warning, only.Severity);
        Assert.Contains("in a branch that must not be taken", only.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_without_support_are_refused_where_they_are_used()
    {
        TensorProto texts = Tensor("s", (int)OnnxElementType.String, [1]);
        texts.StringData.Add(Google.Protobuf.ByteString.CopyFromUtf8("a"));
        ModelProto unused = Product();
        unused.Graph.Initializer.Add(texts);

        Assert.Empty(Check(unused));
        Assert.Equal(Codes.OnnxTypeUnsupported, Assert.Single(Check(Model([Node("Identity", ["s"], ["y"])], [], ["y"], texts))).Code);
    }

    private static IReadOnlyList<Diagnostic> Check(ModelProto proto)
    {
        using OnnxModel model = Reads.Accept(proto);
        DiagnosticBag bag = new();
        ModelCheck.Check(model, bag);
        return bag.Items;
    }
}
