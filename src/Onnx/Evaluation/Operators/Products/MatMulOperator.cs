namespace Flightc.Onnx.Evaluation;

/// <summary>Products of matrices.</summary>
internal sealed class MatMulOperator() : OnnxOperator(new OperatorDefinition("MatMul", [1, 9, 13])
{
    Inputs = [new("A", "T"), new("B", "T")],
    Outputs = [new("Y", "T")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(call.Type(0).ElementType, BatchedProduct.Shape(call, call.Shape(0), call.Shape(1)))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(types[0]!.ElementType) switch
    {
        Lane.Single => Run<float>(call, types[0]!),
        Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    private static OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, System.Numerics.INumber<T> =>
        TensorElements.Create(type.ElementType, type.Shape, BatchedProduct.Run(call, call.Read<T>(0), call.Shape(0), call.Read<T>(1), call.Shape(1)));
}
