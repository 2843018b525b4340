namespace Flightc.Onnx.Evaluation;

/// <summary>Axes in another order; in the reverse one where none is named.</summary>
internal sealed class TransposeOperator() : OnnxOperator(new OperatorDefinition("Transpose", [1, 13, 21, 23, 24, 25])
{
    Inputs = [new("data", "T")],
    Outputs = [new("transposed", "T")],
    Attributes = [AttributeDefinition.Optional("perm", AttributeKind.Ints)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        return [new(call.Type(0).ElementType, [.. Order(call).Select(a => shape[a])])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] strides = Shapes.Strides(call.Shape(0));
        return [ElementMoves.Strided(call.Value(0), 0, [.. Order(call).Select(a => strides[a])], types[0]!.Shape)];
    }

    private static int[] Order(OperatorCall call)
    {
        int rank = call.Type(0).Rank;
        long[] order = call.Ints("perm") ?? [.. Enumerable.Range(0, rank).Select(i => (long)rank - 1 - i)];
        return order.Length == rank && order.Order().SequenceEqual(Enumerable.Range(0, rank).Select(i => (long)i))
            ? Array.ConvertAll(order, a => (int)a)
            : throw call.Invalid($"perm is {Shapes.Text(order)}; wanted an order of the axes 0…{rank - 1}");
    }
}
