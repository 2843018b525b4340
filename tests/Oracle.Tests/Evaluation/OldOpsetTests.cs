using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Evaluation;

/// <summary>Operators in the forms that older opsets gave them, against ONNX Runtime: the standard's own tests have the latest form only.</summary>
public sealed class OldOpsetTests
{
    private readonly RandomNumbers _random = new(3);

    [Theory]
    [InlineData("Softmax", 7)]
    [InlineData("Softmax", 11)]
    [InlineData("Softmax", 13)]
    [InlineData("LogSoftmax", 11)]
    [InlineData("LogSoftmax", 13)]
    [InlineData("Hardmax", 11)]
    [InlineData("Hardmax", 13)]
    public void Rows_of_the_softmax_family(string name, int version)
    {
        foreach (int axis in (int[])[0, 1, 2])
        {
            Node(name, version).With(Floats(2, 3, 4)).Int("axis", axis).Agrees(["y"]);
        }

        Node(name, version).With(Floats(2, 3, 4)).Agrees(["y"]);
    }

    [Fact]
    public void Axes_that_were_attributes()
    {
        Node("Squeeze", 11).With(Floats(1, 3, 1, 2)).Ints("axes", 0, -2).Agrees(["y"]);
        Node("Squeeze", 7).With(Floats(1, 3, 1, 2)).Agrees(["y"]);
        Node("Squeeze", 13).With(Floats(1, 3, 1, 2)).With(Longs(0)).Agrees(["y"]);
        Node("Unsqueeze", 11).With(Floats(3, 2)).Ints("axes", 0, -1).Agrees(["y"]);
        Node("Unsqueeze", 13).With(Floats(3, 2)).With(Longs(1, 3)).Agrees(["y"]);
    }

    [Theory]
    [InlineData("ReduceSum", 11)]
    [InlineData("ReduceMean", 11)]
    [InlineData("ReduceMean", 17)]
    [InlineData("ReduceMax", 11)]
    [InlineData("ReduceMin", 13)]
    [InlineData("ReduceProd", 13)]
    [InlineData("ReduceL1", 13)]
    [InlineData("ReduceL2", 13)]
    [InlineData("ReduceLogSumExp", 13)]
    [InlineData("ReduceSumSquare", 13)]
    public void Reductions_over_axes_that_were_attributes(string name, int version)
    {
        Node(name, version).With(Floats(2, 3, 4)).Ints("axes", 0, 2).Agrees(["y"]);
        Node(name, version).With(Floats(2, 3, 4)).Ints("axes", -2).Int("keepdims", 0).Agrees(["y"]);
        Node(name, version).With(Floats(2, 3, 4)).Agrees(["y"]);
    }

    [Theory]
    [InlineData("ReduceSum", 13)]
    [InlineData("ReduceMean", 18)]
    [InlineData("ReduceMax", 18)]
    [InlineData("ReduceL2", 18)]
    public void Reductions_over_axes_that_are_inputs(string name, int version)
    {
        Node(name, version).With(Floats(2, 3, 4)).With(Longs(1)).Int("keepdims", 0).Agrees(["y"]);
        Node(name, version).With(Floats(2, 3, 4)).With(TensorElements.Of(Array.Empty<long>(), 0)).Int("noop_with_empty_axes", 1).Agrees(["y"]);
    }

    [Fact]
    public void Ranges_that_were_attributes()
    {
        Node("Slice", 9).With(Floats(4, 5)).Ints("starts", 1, -3).Ints("ends", 9, -1).Agrees(["y"]);
        Node("Slice", 9).With(Floats(4, 5)).Ints("axes", 1).Ints("starts", 2).Ints("ends", 4).Agrees(["y"]);
        Node("Slice", 10).With(Floats(4, 5)).With(Longs(4)).With(Longs(-9)).With(Longs(1)).With(Longs(-2)).Agrees(["y"]);
        Node("Split", 11).With(Floats(2, 6)).Int("axis", 1).Ints("split", 1, 2, 3).Agrees(["a", "b", "c"]);
        Node("Split", 7).With(Floats(4, 3)).Agrees(["a", "b"]);
        Node("Split", 13).With(Floats(2, 6)).With(Longs(4, 2)).Int("axis", -1).Agrees(["a", "b"]);
        Node("Split", 18).With(Floats(7, 2)).Int("num_outputs", 3).Agrees(["a", "b", "c"]);
    }

    [Fact]
    public void Limits_that_were_attributes()
    {
        Node("Clip", 7).With(Floats(3, 4)).Float("min", -0.2f).Float("max", 0.3f).Agrees(["y"]);
        Node("Clip", 7).With(Floats(3, 4)).Agrees(["y"]);
        Node("Clip", 11).With(Floats(3, 4)).With(null).With(TensorElements.Of([0.1f])).Agrees(["y"]);
        Node("Clip", 12).With(TensorElements.Of([-3L, 0, 9], 3)).With(TensorElements.Of([-1L])).With(TensorElements.Of([4L])).Agrees(["y"]);
    }

    [Theory]
    [InlineData("constant")]
    [InlineData("reflect")]
    [InlineData("edge")]
    public void Padding_whose_counts_were_attributes(string mode)
    {
        Node("Pad", 9).With(Floats(3, 4)).Text("mode", mode).Ints("pads", 1, 2, 0, 3).Float("value", 0.5f).Agrees(["y"]);
        Node("Pad", 11).With(Floats(3, 4)).With(Longs(1, 0, 0, 2)).With(TensorElements.Of([0.25f])).Text("mode", mode).Agrees(["y"]);
        Node("Pad", 18).With(Floats(3, 4)).With(Longs(1, 1)).With(null).With(Longs(1)).Text("mode", mode).Agrees(["y"]);
    }

    [Fact]
    public void Padding_with_negative_counts() => Node("Pad", 13).With(Floats(4, 4)).With(Longs(-1, 1, 0, -2)).Agrees(["y"]);

    [Fact]
    public void The_largest_elements_in_every_form()
    {
        Node("TopK", 9).With(Floats(3, 5)).Int("k", 2).Agrees(["y", "i"]);
        Node("TopK", 10).With(Floats(3, 5)).With(Longs(3)).Int("axis", 0).Agrees(["y", "i"]);
        Node("TopK", 11).With(Floats(3, 5)).With(Longs(3)).Int("largest", 0).Agrees(["y", "i"]);
        Node("ArgMax", 11).With(Floats(3, 5)).Int("axis", 1).Agrees(["y"]);
        Node("ArgMin", 12).With(TensorElements.Of([2f, 1, 1, 3], 4)).Int("select_last_index", 1).Agrees(["y"]);
    }

    [Fact]
    public void Dropout_outside_training()
    {
        Node("Dropout", 7).With(Floats(3, 4)).Float("ratio", 0.3f).Agrees(["y"]);
        Node("Dropout", 10).With(Floats(3, 4)).Agrees(["y"]);
        Node("Dropout", 12).With(Floats(3, 4)).With(TensorElements.Of([0.5f])).Agrees(["y", "mask"]);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(13)]
    public void Products_with_an_addend(int version)
    {
        Node("Gemm", version).With(Floats(3, 4)).With(Floats(4, 5)).With(Floats(5)).Agrees(["y"]);
        Node("Gemm", version).With(Floats(4, 3)).With(Floats(5, 4)).With(Floats(3, 1)).Int("transA", 1).Int("transB", 1).Float("alpha", 0.5f).Float("beta", 2).Agrees(["y"]);
    }

    [Fact]
    public void Products_of_stacks_and_vectors()
    {
        Node("MatMul", 9).With(Floats(2, 1, 3, 4)).With(Floats(5, 4, 2)).Agrees(["y"]);
        Node("MatMul", 13).With(Floats(4)).With(Floats(5, 4, 2)).Agrees(["y"]);
        Node("MatMul", 13).With(Floats(2, 3, 4)).With(Floats(4)).Agrees(["y"]);
        Node("Einsum", 12).With(Floats(2, 3, 4)).With(Floats(2, 5, 4)).Text("equation", "bid,bjd->bij").Agrees(["y"]);
        Node("Einsum", 12).With(Floats(2, 3, 4)).With(Floats(4, 6)).Text("equation", "...d,dh").Agrees(["y"]);
    }

    [Fact]
    public void Quantisation_in_every_form()
    {
        OnnxTensor zero = TensorElements.Of(OnnxElementType.UInt8, [128L]);
        Node("QuantizeLinear", 10).With(Floats(3, 4)).With(TensorElements.Of([0.01f])).With(zero).Agrees(["y"]);
        Node("QuantizeLinear", 13).With(Floats(3, 4)).With(TensorElements.Of([0.01f, 0.02f, 0.5f, 1], 4)).With(Codes(OnnxElementType.Int8, 4)).Int("axis", 1).Agrees(["y"]);
        Node("DequantizeLinear", 10).With(Codes(OnnxElementType.UInt8, 3, 4)).With(TensorElements.Of([0.01f])).With(zero).Agrees(["y"]);
        Node("DequantizeLinear", 21).With(Codes(OnnxElementType.Int4, 3, 32)).With(Floats(3, 2)).With(Codes(OnnxElementType.Int4, 3, 2)).Int("block_size", 16).Int("axis", 1).Agrees(["y"]);
        Node("DynamicQuantizeLinear", 11).With(Floats(3, 4)).Agrees(["y", "scale", "zero"]);
        Node("MatMulInteger", 10).With(Codes(OnnxElementType.UInt8, 3, 4)).With(Codes(OnnxElementType.Int8, 4, 5)).With(zero).With(Codes(OnnxElementType.Int8, 5)).Agrees(["y"]);
        Node("QLinearMatMul", 10)
            .With(Codes(OnnxElementType.UInt8, 3, 4)).With(TensorElements.Of([0.02f])).With(zero).With(Codes(OnnxElementType.UInt8, 4, 5)).With(TensorElements.Of([0.03f])).With(zero)
            .With(TensorElements.Of([0.5f])).With(zero).Agrees(["y"]);
    }

    [Fact]
    public void Shapes_and_indices()
    {
        Node("Reshape", 7).With(Floats(2, 3, 4)).With(Longs(0, -1)).Agrees(["y"]);
        Node("Flatten", 11).With(Floats(2, 3, 4)).Int("axis", -1).Agrees(["y"]);
        Node("Shape", 15).With(Floats(2, 3, 4)).Int("start", -2).Int("end", 9).Agrees(["y"]);
        Node("Expand", 8).With(Floats(3, 1)).With(Longs(2, 1, 4)).Agrees(["y"]);
        Node("Tile", 7).With(Floats(2, 3)).With(Longs(2, 2)).Agrees(["y"]);
        Node("Concat", 7).With(Floats(2, 3)).With(Floats(2, 0)).With(Floats(2, 1)).Int("axis", 1).Agrees(["y"]);
        Node("Gather", 7).With(Floats(4, 3)).With(TensorElements.Of([3L, 0, 1, 1], 2, 2)).Int("axis", 0).Agrees(["y"]);
        Node("Gather", 11).With(Floats(4, 3)).With(Longs(-1)).Int("axis", 1).Agrees(["y"]);
        Node("GatherElements", 11).With(Floats(3, 3)).With(TensorElements.Of([0L, -1, 2, 1], 2, 2)).Int("axis", 1).Agrees(["y"]);
        Node("GatherND", 12).With(Floats(2, 3, 4)).With(TensorElements.Of([1L, 2], 2, 1)).Int("batch_dims", 1).Agrees(["y"]);
        Node("ScatterElements", 11).With(Floats(3, 3)).With(TensorElements.Of([1L, 0], 1, 2)).With(Floats(1, 2)).Int("axis", 0).Agrees(["y"]);
        Node("ScatterND", 11).With(Floats(4, 2)).With(TensorElements.Of([1L, -1], 2, 1)).With(Floats(2, 2)).Agrees(["y"]);
        Node("OneHot", 9).With(Longs(2, 0, -1, 7)).With(Longs(3)).With(TensorElements.Of([0.5f, 2], 2)).Agrees(["y"]);
        Node("NonZero", 9).With(TensorElements.Of([0f, 1, 0, 2, 3, 0], 2, 3)).Agrees(["y"]);
        Node("Range", 11).With(TensorElements.Of([7L])).With(TensorElements.Of([-2L])).With(TensorElements.Of([-4L])).Agrees(["y"]);
        Node("Range", 11).With(TensorElements.Of([0f])).With(TensorElements.Of([1f])).With(TensorElements.Of([0.3f])).Agrees(["y"]);
        Node("CumSum", 11).With(Floats(2, 3)).With(TensorElements.Of([1L])).Int("exclusive", 1).Int("reverse", 1).Agrees(["y"]);
        Node("Trilu", 14).With(Floats(2, 3, 4)).With(TensorElements.Of([1L])).Int("upper", 0).Agrees(["y"]);
    }

    [Theory]
    [InlineData("Erf", 9)]
    [InlineData("Sin", 7)]
    [InlineData("Cos", 7)]
    [InlineData("Exp", 7)]
    [InlineData("Tanh", 7)]
    [InlineData("Sigmoid", 7)]
    [InlineData("Softplus", 7)]
    [InlineData("Softsign", 7)]
    [InlineData("Elu", 7)]
    [InlineData("Selu", 7)]
    [InlineData("Celu", 12)]
    [InlineData("LeakyRelu", 7)]
    [InlineData("HardSigmoid", 7)]
    [InlineData("HardSwish", 14)]
    [InlineData("Mish", 18)]
    [InlineData("Gelu", 20)]
    [InlineData("Round", 11)]
    [InlineData("Ceil", 7)]
    [InlineData("Floor", 7)]
    [InlineData("Neg", 7)]
    [InlineData("Abs", 7)]
    [InlineData("Sign", 9)]
    [InlineData("ThresholdedRelu", 10)]
    [InlineData("Shrink", 9)]
    public void Functions_of_one_number(string name, int version) =>
        Node(name, version).With(TensorElements.Of([.. Enumerable.Range(-40, 81).Select(i => i * 0.25f)], 81)).Agrees(["y"]);

    [Fact]
    public void Functions_of_two_numbers()
    {
        Node("Pow", 7).With(TensorElements.Of([0.5f, 2, -3, 0], 4)).With(TensorElements.Of([3f], 1)).Agrees(["y"]);
        Node("Pow", 12).With(TensorElements.Of([0.5f, 2, 1.5f, 4], 4)).With(TensorElements.Of([-1.5f, 0.5f, 0.25f, 0], 4)).Agrees(["y"]);
        Node("Pow", 13).With(TensorElements.Of([2L, -3, 5], 3)).With(TensorElements.Of([3L, 3, 0], 3)).Agrees(["y"]);
        Node("Mod", 10).With(TensorElements.Of([-7L, 7, -7, 7], 4)).With(TensorElements.Of([3L, -3, -3, 3], 4)).Agrees(["y"]);
        Node("Mod", 13).With(TensorElements.Of([-7.5f, 7.5f], 2)).With(TensorElements.Of([3f, -3], 2)).Int("fmod", 1).Agrees(["y"]);
        Node("Div", 7).With(TensorElements.Of([-7L, 7, -9], 3)).With(TensorElements.Of([2L, -2, 4], 3)).Agrees(["y"]);
        Node("PRelu", 9).With(Floats(2, 3)).With(Floats(3)).Agrees(["y"]);
        Node("Max", 8).With(Floats(2, 3)).With(Floats(3)).With(Floats(2, 1)).Agrees(["y"]);
        Node("Mean", 8).With(Floats(2, 3)).With(Floats(3)).With(Floats(2, 1)).Agrees(["y"]);
        Node("Equal", 7).With(TensorElements.Of([1L, 2], 2)).With(TensorElements.Of([1L, 3], 2)).Agrees(["y"]);
        Node("Where", 9).With(TensorElements.Of([true, false], 2, 1)).With(Floats(3)).With(Floats(2, 3)).Agrees(["y"]);
    }

    [Theory]
    [InlineData(OnnxElementType.Int32)]
    [InlineData(OnnxElementType.Int8)]
    [InlineData(OnnxElementType.Bool)]
    [InlineData(OnnxElementType.Float16)]
    [InlineData(OnnxElementType.Double)]
    [InlineData(OnnxElementType.UInt8)]
    public void Casts_of_numbers(OnnxElementType type) =>
        Node("Cast", 13).With(TensorElements.Of([-2.7f, -0.5f, 0, 0.49f, 2.5f, 100], 6)).Int("to", (int)type).Agrees(["y"]);

    private static NodeComparison Node(string name, int version) => new(name, "", version);

    private OnnxTensor Floats(params long[] shape) => TensorElements.Of(_random.Floats((int)shape.Aggregate(1L, (a, b) => a * b)), shape);

    private OnnxTensor Codes(OnnxElementType type, params long[] shape) =>
        TensorElements.Of(type, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (long)_random.Below(256))], shape);

    private static OnnxTensor Longs(params long[] values) => TensorElements.Of(values, values.Length);
}
