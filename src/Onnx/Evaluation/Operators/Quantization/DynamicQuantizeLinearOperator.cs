namespace Flightc.Onnx.Evaluation;

/// <summary>Codes of uint8 with a scale and zero point found from the data, whose range is widened to hold 0.</summary>
internal sealed class DynamicQuantizeLinearOperator() : OnnxOperator(new OperatorDefinition("DynamicQuantizeLinear", [11])
{
    Inputs = [new("x", "T1")],
    Outputs = [new("y", "T2"), new("y_scale", "T1"), new("y_zero_point", "T2")],
    Types = new Dictionary<string, ElementSet>
    {
        ["T1"] = ElementSet.Of(OnnxElementType.Float), ["T2"] = ElementSet.Of(OnnxElementType.UInt8),
    },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) =>
        [new(OnnxElementType.UInt8, call.Shape(0)), new(OnnxElementType.Float, []), new(OnnxElementType.UInt8, [])];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        ReadOnlySpan<float> x = call.Read<float>(0);
        float least = 0;
        float largest = 0;
        foreach (float value in x)
        {
            least = Math.Min(least, value);
            largest = Math.Max(largest, value);
        }

        // Without a spread every scale gives zeros; 1 divides.
        float scale = largest == least ? 1 : (largest - least) / 255;
        long zeroPoint = IntegerRange.Quantize(-least / scale, 0, OnnxElementType.UInt8);
        long[] codes = new long[x.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = IntegerRange.Quantize(x[i] / scale, zeroPoint, OnnxElementType.UInt8);
        }

        return
        [
            TensorElements.Create(OnnxElementType.UInt8, types[0]!.Shape, codes), TensorElements.Of([scale]),
            TensorElements.Create(OnnxElementType.UInt8, [], [zeroPoint]),
        ];
    }
}
