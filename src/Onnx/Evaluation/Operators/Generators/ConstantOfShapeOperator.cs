namespace Flightc.Onnx.Evaluation;

/// <summary>A shape filled with one value, which is 0 in binary32 where none is given.</summary>
internal sealed class ConstantOfShapeOperator() : OnnxOperator(new OperatorDefinition("ConstantOfShape", [9, 20, 21, 23, 24, 25])
{
    Inputs = [new("input", "T1")],
    Outputs = [new("output", "T2")],
    Attributes = [AttributeDefinition.Optional("value", AttributeKind.Tensor)],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.Int64, ["T2"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(0, 1);
        OnnxTensor value = Value(call);
        return value.ElementCount == 1
            ? [new(value.ElementType, call.Longs(0))]
            : throw call.Invalid($"the value has the shape {Shapes.Text([.. value.Shape])}; wanted one element");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [ElementMoves.Strided(Value(call), 0, new long[types[0]!.Rank], types[0]!.Shape)];

    private static OnnxTensor Value(OperatorCall call)
    {
        OnnxTensor value = call.Tensor("value") ?? TensorElements.Of([0f], 1);
        return value.ElementType.IsSupported() ? value : throw UnsupportedType.Of(value.ElementType, call.Node.Name);
    }
}
