namespace Flightc.Onnx.Evaluation;

/// <summary>Products of matrices of 8 bits less their zero points, in int32.</summary>
internal sealed class MatMulIntegerOperator() : OnnxOperator(new OperatorDefinition("MatMulInteger", [10])
{
    Inputs = [new("A", "T1"), new("B", "T2"), ParameterDefinition.Optional("a_zero_point", "T1"), ParameterDefinition.Optional("b_zero_point", "T2")],
    Outputs = [new("Y", "T3")],
    Types = new Dictionary<string, ElementSet>
    {
        ["T1"] = ElementSet.Of(OnnxElementType.Int8, OnnxElementType.UInt8),
        ["T2"] = ElementSet.Of(OnnxElementType.Int8, OnnxElementType.UInt8),
        ["T3"] = ElementSet.Int32,
    },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        ZeroPoints.Check(call, 0, 2, isLeft: true);
        ZeroPoints.Check(call, 1, 3, isLeft: false);
        return [new(OnnxElementType.Int32, BatchedProduct.Shape(call, call.Shape(0), call.Shape(1)))];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] a = ZeroPoints.Subtract(call, 0, 2, isLeft: true);
        long[] b = ZeroPoints.Subtract(call, 1, 3, isLeft: false);
        return [TensorElements.Create(OnnxElementType.Int32, types[0]!.Shape, BatchedProduct.Run<long>(call, a, call.Shape(0), b, call.Shape(1)))];
    }
}
