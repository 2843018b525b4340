namespace Flightc.Onnx.Evaluation;

/// <summary>The extents of a tensor, or a range of them.</summary>
internal sealed class ShapeOperator() : OnnxOperator(new OperatorDefinition("Shape", [1, 13, 15, 19, 21, 23, 24, 25])
{
    Inputs = [new("data", "T")],
    Outputs = [new("shape", "T1")],
    Attributes = [AttributeDefinition.Optional("end", AttributeKind.Int, since: 15), AttributeDefinition.Int("start", 0, since: 15)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["T1"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(OnnxElementType.Int64, [Extents(call).Length])];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [TensorElements.Of(Extents(call), types[0]!.Shape)];

    /// <summary>The result, which the type of the input determines.</summary>
    public static long[] Extents(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        int start = Clamp(call.OptionalInt("start") ?? 0, shape.Length);
        int end = Clamp(call.OptionalInt("end") ?? shape.Length, shape.Length);
        return shape[start..Math.Max(start, end)];
    }

    private static int Clamp(long place, int rank) => (int)Math.Clamp(place < 0 ? place + rank : place, 0, rank);
}
