namespace Flightc.Onnx.Evaluation;

/// <summary><c>x / scale + zero point</c>, rounded and limited to a type of few bits.</summary>
internal sealed class QuantizeLinearOperator() : OnnxOperator(new OperatorDefinition("QuantizeLinear", [10, 13, 19, 21, 23, 24, 25])
{
    Inputs = [new("x", "T1"), new("y_scale", "T2"), ParameterDefinition.Optional("y_zero_point", "T3")],
    Outputs = [new("y", "T3")],
    Attributes =
    [
        AttributeDefinition.Int("axis", 1, since: 13), AttributeDefinition.Int("block_size", 0, since: 21), AttributeDefinition.Int("output_dtype", 0, since: 21),
        AttributeDefinition.Int("precision", 0, since: 23), AttributeDefinition.Int("saturate", 1, since: 19),
    ],
    Types = new Dictionary<string, ElementSet>
    {
        ["T1"] = ElementSet.Floats | ElementSet.Int32,
        ["T2"] = ElementSet.Floats | ElementSet.Int32,
        ["T3"] = Codes,
    },
})
{
    /// <summary>What values are quantised to.</summary>
    public static readonly ElementSet Codes = ElementSet.Float8s | ElementSet.SmallIntegers
        | ElementSet.Of(OnnxElementType.Int8, OnnxElementType.UInt8, OnnxElementType.Int16, OnnxElementType.UInt16);

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        QuantizationGrid.Check(call);
        OnnxElementType precision = call.ElementType("precision");
        if (precision != OnnxElementType.Undefined && !ElementSet.Floats.Contains(precision))
        {
            throw call.Invalid($"precision is {OnnxElementTypes.OnnxName(precision)}; wanted one of {ElementSet.Floats}");
        }

        OnnxElementType named = call.ElementType("output_dtype");
        OnnxElementType type = call.Has(2) ? call.Type(2).ElementType : named == OnnxElementType.Undefined ? OnnxElementType.UInt8 : named;
        return (named == OnnxElementType.Undefined || named == type) && Codes.Contains(type)
            ? [new(type, call.Shape(0))]
            : throw call.Invalid($"output_dtype is {OnnxElementTypes.OnnxName(named)}; wanted that of y_zero_point, and one of {Codes}");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        OnnxElementType named = call.ElementType("precision");
        OnnxElementType precision = named == OnnxElementType.Undefined ? call.Type(1).ElementType : named;
        if (!ElementTypes.IsFloat(precision))
        {
            precision = OnnxElementType.Float;
        }

        ReadOnlySpan<double> scales = call.Read<double>(1);
        ReadOnlySpan<double> x = call.Read<double>(0);
        int[] places = QuantizationGrid.Places(call);
        double[] quotients = new double[x.Length];
        for (int i = 0; i < quotients.Length; i++)
        {
            quotients[i] = x[i] / scales[places[i]];
        }

        // The quotient is rounded to the type of the division before it is rounded to a code.
        double[] rounded = TensorElements.ToDoubles(TensorElements.Create(precision, type.Shape, quotients));
        if (Float8Format.Of(type.ElementType) is { } format)
        {
            bool saturates = (call.OptionalInt("saturate") ?? 1) != 0;
            return [new(type.ElementType, type.Shape, new ArrayBytes<byte>(Array.ConvertAll(rounded, q => format.Encode(q, saturates))))];
        }

        long[] zeroPoints = call.Has(2) ? call.Longs(2) : new long[scales.Length];
        long[] codes = new long[rounded.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = IntegerRange.Quantize(rounded[i], zeroPoints[places[i]], type.ElementType);
        }

        return [TensorElements.Create(type.ElementType, type.Shape, codes)];
    }
}
