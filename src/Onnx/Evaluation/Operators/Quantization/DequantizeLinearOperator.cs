namespace Flightc.Onnx.Evaluation;

/// <summary><c>(x - zero point) · scale</c>.</summary>
internal sealed class DequantizeLinearOperator() : OnnxOperator(new OperatorDefinition("DequantizeLinear", [10, 13, 19, 21, 23, 24, 25])
{
    Inputs = [new("x", "T1"), new("x_scale", "T2"), ParameterDefinition.Optional("x_zero_point", "T1")],
    Outputs = [new("y", "T3")],
    Attributes =
    [
        AttributeDefinition.Int("axis", 1, since: 13), AttributeDefinition.Int("block_size", 0, since: 21), AttributeDefinition.Int("output_dtype", 0, since: 23),
    ],
    Types = new Dictionary<string, ElementSet>
    {
        ["T1"] = QuantizeLinearOperator.Codes | ElementSet.Int32, ["T2"] = ElementSet.Floats, ["T3"] = ElementSet.Floats,
    },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        QuantizationGrid.Check(call);
        OnnxElementType named = call.ElementType("output_dtype");
        OnnxElementType type = named == OnnxElementType.Undefined ? call.Type(1).ElementType : named;
        return ElementSet.Floats.Contains(type)
            ? [new(type, call.Shape(0))]
            : throw call.Invalid($"output_dtype is {OnnxElementTypes.OnnxName(type)}; wanted one of {ElementSet.Floats}");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        ReadOnlySpan<double> x = call.Read<double>(0);
        ReadOnlySpan<double> scales = call.Read<double>(1);
        ReadOnlySpan<double> zeroPoints = call.Has(2) ? call.Read<double>(2) : new double[scales.Length];
        int[] places = QuantizationGrid.Places(call);
        double[] result = new double[x.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (x[i] - zeroPoints[places[i]]) * scales[places[i]];
        }

        return [TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, result)];
    }
}
