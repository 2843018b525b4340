namespace Flightc.Onnx.Evaluation;

/// <summary>Products of quantised matrices, quantised again.</summary>
internal sealed class QLinearMatMulOperator() : OnnxOperator(new OperatorDefinition("QLinearMatMul", [10, 21])
{
    Inputs =
    [
        new("a", "T1"), new("a_scale", "TS"), new("a_zero_point", "T1"), new("b", "T2"), new("b_scale", "TS"), new("b_zero_point", "T2"), new("y_scale", "TS"),
        new("y_zero_point", "T3"),
    ],
    Outputs = [new("y", "T3")],
    Types = new Dictionary<string, ElementSet> { ["TS"] = ElementSet.Floats, ["T1"] = Bytes, ["T2"] = Bytes, ["T3"] = Bytes },
})
{
    private static readonly ElementSet Bytes = ElementSet.Of(OnnxElementType.Int8, OnnxElementType.UInt8);

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = BatchedProduct.Shape(call, call.Shape(0), call.Shape(3));
        ZeroPoints.Check(call, 0, 1, isLeft: true);
        ZeroPoints.Check(call, 0, 2, isLeft: true);
        ZeroPoints.Check(call, 3, 4, isLeft: false);
        ZeroPoints.Check(call, 3, 5, isLeft: false);
        OnnxTensorType type = new(call.Type(7).ElementType, shape);
        foreach (int parameter in (int[])[1, 4, 6, 7])
        {
            bool isLeft = parameter != 4;
            if (!Shapes.BroadcastsTo(ZeroPoints.ParameterShape(call, parameter, isLeft), shape))
            {
                throw call.Invalid($"a zero point or scale of the shape {Shapes.Text(call.Shape(parameter))} does not fit the result {Shapes.Text(shape)}");
            }
        }

        return [type];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        long[] a = ZeroPoints.Subtract(call, 0, 2, isLeft: true);
        long[] b = ZeroPoints.Subtract(call, 3, 5, isLeft: false);
        double[] result = Array.ConvertAll(BatchedProduct.Run<long>(call, a, call.Shape(0), b, call.Shape(3)), static x => (double)x);
        result = Scaled(call, result, type.Shape, 1, isLeft: true, static (x, scale) => x * scale);
        result = Scaled(call, result, type.Shape, 4, isLeft: false, static (x, scale) => x * scale);
        result = Scaled(call, result, type.Shape, 6, isLeft: true, static (x, scale) => x / scale);
        double[] codes = Scaled(call, result, type.Shape, 7, isLeft: true, (x, zero) => IntegerRange.Quantize(x, (long)zero, type.ElementType));
        return [TensorElements.Create(type.ElementType, type.Shape, codes)];
    }

    private static double[] Scaled(OperatorCall call, double[] values, long[] shape, int parameter, bool isLeft, Func<double, double, double> function) =>
        BroadcastLoop.Apply(values, shape, call.Read<double>(parameter), ZeroPoints.ParameterShape(call, parameter, isLeft), shape, function);
}
