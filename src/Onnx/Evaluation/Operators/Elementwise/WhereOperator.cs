namespace Flightc.Onnx.Evaluation;

/// <summary>Elements of one tensor where a condition holds, and of another elsewhere; all three broadcast.</summary>
internal sealed class WhereOperator() : OnnxOperator(new OperatorDefinition("Where", [9, 16])
{
    Inputs = [new("condition", "B"), new("X", "T"), new("Y", "T")],
    Outputs = [new("output", "T")],
    Types = new Dictionary<string, ElementSet> { ["B"] = ElementSet.Bool, ["T"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) =>
        [new(call.Type(1).ElementType, call.Broadcast(call.Broadcast(call.Shape(0), call.Shape(1)), call.Shape(2)))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        ReadOnlySpan<byte> condition = ElementMoves.Whole(Repeat(call, 0, type.Shape));
        ReadOnlySpan<byte> yes = ElementMoves.Whole(Repeat(call, 1, type.Shape));
        ReadOnlySpan<byte> no = ElementMoves.Whole(Repeat(call, 2, type.Shape));
        int width = ElementMoves.Width(type.ElementType);
        byte[] result = new byte[yes.Length];
        for (int i = 0; i < condition.Length; i++)
        {
            (condition[i] != 0 ? yes : no).Slice(i * width, width).CopyTo(result.AsSpan(i * width));
        }

        return [ElementMoves.FromBytes(type.ElementType, type.Shape, result)];
    }

    private static OnnxTensor Repeat(OperatorCall call, int input, long[] shape) =>
        ElementMoves.Strided(call.Value(input), 0, Shapes.BroadcastStrides(call.Shape(input), shape), shape);
}
