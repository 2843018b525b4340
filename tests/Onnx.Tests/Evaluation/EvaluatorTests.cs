using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Tests.Onnx.Evaluation;

public sealed class EvaluatorTests
{
    private static readonly Dictionary<string, OnnxAttribute> None = [];

    [Fact]
    public void Results_beyond_the_limit_are_refused_before_they_are_made()
    {
        CompilationException error = Refused(Codes.OnnxShapeInvalid, () => new Evaluator().RunNode(
            Node("ConstantOfShape", 17, 1), [TensorElements.Of([1L << 20, 1L << 20], 2)]));

        Assert.Contains("float[1048576,1048576]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extents_whose_product_overflows_are_refused() => Refused(Codes.OnnxShapeInvalid, () => new Evaluator().RunNode(
        Node("Expand", 17, 2), [TensorElements.Of([1f]), TensorElements.Of([1L << 40, 1L << 40], 2)]));

    [Fact]
    public void Views_of_any_size_are_allowed()
    {
        OnnxTensor large = new(OnnxElementType.Float, [1L << 20, 1L << 16], new NoBytes(1L << 38));

        OnnxTensor view = new Evaluator().RunNode(Node("Reshape", 17, 2), [large, TensorElements.Of([-1L, 2], 2)])[0]!;

        Assert.Equal([1L << 35, 2], view.Shape);
    }

    [Fact]
    public void Rows_of_a_table_larger_than_memory_are_gathered()
    {
        OnnxTensor table = new(OnnxElementType.Float, [1L << 30, 1L << 10], new NoBytes(1L << 42));

        OnnxTensor rows = new Evaluator().RunNode(Node("Gather", 17, 2), [table, TensorElements.Of([5L, (1L << 30) - 1], 2)])[0]!;

        Assert.Equal([2, 1L << 10], rows.Shape);
    }

    [Fact]
    public void Ranges_of_a_tensor_larger_than_memory_are_cut_out()
    {
        OnnxTensor large = new(OnnxElementType.Int4, [1L << 20, 1L << 20], new NoBytes(1L << 39));
        OnnxTensor[] places = [TensorElements.Of([3L, -5], 2), TensorElements.Of([5L, long.MaxValue], 2)];

        Assert.Equal([2, 5], new Evaluator().RunNode(Node("Slice", 17, 3), [large, .. places])[0]!.Shape);
    }

    [Fact]
    public void Elements_below_a_byte_are_cut_out_of_a_file_as_out_of_memory()
    {
        OnnxTensor memory = TensorElements.Of(OnnxElementType.Int4, [.. Enumerable.Range(0, 35).Select(i => i % 16 - 8L)], 5, 7);
        OnnxTensor file = new(memory.ElementType, [5, 7], new HiddenBytes(TensorElements.Bytes(memory).ToArray()));
        OnnxTensor[] places = [TensorElements.Of([1L, 2], 2), TensorElements.Of([4L, 7], 2)];

        OnnxTensor[] cut = [.. new[] { memory, file }.Select(t => new Evaluator().RunNode(Node("Slice", 17, 3), [t, .. places])[0]!)];

        Assert.Equal(TensorElements.ToLongs(cut[0]), TensorElements.ToLongs(cut[1]));
        Assert.Equal(9 % 16 - 8, TensorElements.ToLongs(cut[1])[0]);
    }

    [Fact]
    public void Sums_of_too_many_products_are_refused()
    {
        OnnxTensor vector = TensorElements.Of(new float[1 << 10], 1 << 10);
        OnnxNode node = Node("Einsum", 17, 4, new StringAttribute("equation", "a,b,c,d->"));

        Assert.Contains("products", Refused(Codes.OnnxShapeInvalid, () => new Evaluator().RunNode(node, [vector, vector, vector, vector])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_name_the_node_the_operator_its_opset_and_its_inputs()
    {
        CompilationException error = Refused(Codes.OnnxShapeInvalid, () => new Evaluator().RunNode(
            Node("Softmax", 13, 1, new IntAttribute("axis", 9)), [TensorElements.Of([1f, 2], 1, 2)]));

        Assert.Equal("n", error.Diagnostics[0].Location);
        Assert.Equal("axis 9 is outside -2…1 (Softmax of ai.onnx 13 on float[1,2])", error.Diagnostics[0].Message);
    }

    [Theory]
    [InlineData("FlashFoo", 17, Codes.OnnxOperatorUnsupported)]
    [InlineData("Gelu", 17, Codes.OnnxOperatorUnsupported)]
    [InlineData("Loop", 17, Codes.OnnxOperatorUnsupported)]
    [InlineData("Cast", 17, Codes.OnnxGraphInvalid)]
    [InlineData("Add", 17, Codes.OnnxGraphInvalid)]
    public void Nodes_that_break_their_definition_are_refused(string name, int version, string code) =>
        Refused(code, () => new Evaluator().RunNode(Node(name, version, 1), [TensorElements.Of([1f])]));

    [Fact]
    public void Inputs_of_two_types_where_one_is_wanted_are_refused()
    {
        CompilationException error = Refused(Codes.OnnxGraphInvalid, () => new Evaluator().RunNode(
            Node("MatMul", 17, 2), [TensorElements.Of([1f], 1, 1), TensorElements.Of([1L], 1, 1)]));

        Assert.Contains("float and int64", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OnnxElementType.String, "string")]
    [InlineData(OnnxElementType.Complex64, "complex64")]
    [InlineData(OnnxElementType.Float4E2M1, "float4e2m1")]
    [InlineData(OnnxElementType.Float8E8M0, "float8e8m0")]
    public void Types_that_are_not_supported_are_refused_by_name(OnnxElementType type, string name)
    {
        OnnxTensor tensor = new(type, [0], new MemoryBytes(Array.Empty<byte>()));

        Assert.Contains(name, Refused(Codes.OnnxTypeUnsupported, () => new Evaluator().RunNode(Node("Identity", 17, 1), [tensor])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_follow_from_types_and_known_values()
    {
        OnnxTensorType data = new(OnnxElementType.Float, [2, 3, 4]);
        OnnxTensorType shape = new(OnnxElementType.Int64, [2]);

        Assert.Equal(
            new OnnxTensorType(OnnxElementType.Float, [6, 4]), new Evaluator().ShapeOf(Node("Reshape", 17, 2), [data, shape], [null, TensorElements.Of([-1L, 4], 2)])[0]);
        Refused(Codes.OnnxOperatorUnsupported, () => new Evaluator().ShapeOf(Node("Reshape", 17, 2), [data, shape], [null, null]));
    }

    [Fact]
    public void Shapes_are_told_of_results_that_would_be_too_large_to_compute()
    {
        OnnxTensorType left = new(OnnxElementType.Float, [1 << 20, 64]);
        OnnxTensorType right = new(OnnxElementType.Float, [64, 1 << 20]);

        Assert.Equal([1L << 20, 1L << 20], new Evaluator().ShapeOf(Node("MatMul", 17, 2), [left, right], [null, null])[0]!.Shape);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, -1)]
    public void The_taken_branch_sees_the_names_around_it(bool condition, float wanted)
    {
        OnnxNode choose = new(
            "choose", "", "If", 17, ["c"], ["y"],
            new Dictionary<string, OnnxAttribute>
            {
                ["then_branch"] = new GraphAttribute("then_branch", Graph([new OnnxNode("sum", "", "Add", 17, ["a", "b"], ["t"], None)], [], ["t"])),
                ["else_branch"] = new GraphAttribute("else_branch", Graph([new OnnxNode("difference", "", "Sub", 17, ["a", "b"], ["e"], None)], [], ["e"])),
            });
        OnnxGraph graph = Graph([new OnnxNode("double", "", "Add", 17, ["b", "b"], ["bb"], None), choose], ["a", "b", "c"], ["y"]);

        IReadOnlyDictionary<string, OnnxTensor> outputs = new Evaluator().Run(graph, new Dictionary<string, OnnxTensor>
        {
            ["a"] = TensorElements.Of([1f]), ["b"] = TensorElements.Of([2f]), ["c"] = TensorElements.Of([condition]),
        });

        Assert.Equal([wanted], TensorElements.ToFloats(outputs["y"]));
    }

    [Fact]
    public void Missing_values_are_named()
    {
        OnnxGraph graph = Graph([new OnnxNode("sum", "", "Add", 17, ["a", "nope"], ["y"], None)], ["a"], ["y"]);

        Assert.Contains("'a'", Refused(Codes.OnnxGraphInvalid, () => new Evaluator().Run(graph, new Dictionary<string, OnnxTensor>())).Message, StringComparison.Ordinal);
        Assert.Contains(
            "'nope'", Refused(Codes.OnnxGraphInvalid, () => new Evaluator().Run(graph, new Dictionary<string, OnnxTensor> { ["a"] = TensorElements.Of([1f]) })).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OnnxElementType.Int4, new long[] { -8, 7, -1 })]
    [InlineData(OnnxElementType.UInt4, new long[] { 15, 0, 9 })]
    [InlineData(OnnxElementType.Int2, new long[] { -2, 1, -1, 0, 1 })]
    [InlineData(OnnxElementType.UInt2, new long[] { 3, 0, 1, 2, 3 })]
    [InlineData(OnnxElementType.Int64, new long[] { long.MinValue, long.MaxValue })]
    [InlineData(OnnxElementType.BFloat16, new long[] { -256, 3, 0 })]
    public void Elements_are_read_as_they_were_written(OnnxElementType type, long[] values)
    {
        OnnxTensor tensor = TensorElements.Of(type, values, values.Length);

        Assert.Equal(type.ByteCount(values.Length), tensor.Data.Length);
        Assert.Equal(values, TensorElements.ToLongs(tensor));
    }

    [Fact]
    public void Integers_wrap_and_never_trap()
    {
        OnnxTensor least = TensorElements.Of([long.MinValue, 7], 2);

        Assert.Equal([long.MinValue, -7], TensorElements.ToLongs(new Evaluator().RunNode(Node("Div", 14, 2), [least, TensorElements.Of([-1L], 1)])[0]!));
        Refused(Codes.OnnxShapeInvalid, () => new Evaluator().RunNode(Node("Div", 14, 2), [least, TensorElements.Of([0L], 1)]));
    }

    private static OnnxNode Node(string name, int version, int inputs, params OnnxAttribute[] attributes) => new(
        "n", "", name, version, [.. Enumerable.Range(0, inputs).Select(i => $"x{i}")], ["y"], attributes.ToDictionary(a => a.Name, StringComparer.Ordinal));

    private static OnnxGraph Graph(OnnxNode[] nodes, string[] inputs, string[] outputs) => new(
        "g", [.. inputs.Select(Value)], [.. outputs.Select(Value)], new Dictionary<string, OnnxTensor>(), nodes, new Dictionary<string, OnnxValue>());

    private static OnnxValue Value(string name) => new(name, OnnxElementType.Undefined, null);

    private static CompilationException Refused(string code, Action action)
    {
        CompilationException error = Assert.Throws<CompilationException>(action);
        Assert.All(error.Diagnostics, d => Assert.Equal(code, d.Code));
        return error;
    }

    private sealed class HiddenBytes(byte[] bytes) : ITensorBytes
    {
        public long Length => bytes.Length;

        public void Read(long offset, Span<byte> destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    /// <summary>As many zeros as one likes; nobody may ask for many of them.</summary>
    private sealed class NoBytes(long length) : ITensorBytes
    {
        public long Length => length;

        public void Read(long offset, Span<byte> destination)
        {
            Assert.InRange(offset, 0, length - destination.Length);
            Assert.InRange(destination.Length, 0, 1 << 20);
            destination.Clear();
        }
    }
}
