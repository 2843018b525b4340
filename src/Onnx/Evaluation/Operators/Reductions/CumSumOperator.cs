namespace Flightc.Onnx.Evaluation;

/// <summary>Running sums along an axis.</summary>
internal sealed class CumSumOperator() : OnnxOperator(new OperatorDefinition("CumSum", [11, 14])
{
    Inputs = [new("x", "T"), new("axis", "I")],
    Outputs = [new("y", "T")],
    Attributes = [AttributeDefinition.Int("exclusive", 0), AttributeDefinition.Int("reverse", 0)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers, ["I"] = ElementSet.Indices },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        // The shape does not depend on the axis; where that is known it is checked.
        if (call.Knows(1))
        {
            call.Axis(call.Long(1), call.Type(0).Rank);
        }

        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.IsFloat(types[0]!.ElementType)
        ? Run<double>(call, types[0]!)
        : Run<long>(call, types[0]!)];

    // Sums of uint64 modulo 2^64 have the same bits as signed ones.
    private static OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        int[] axes = [call.Axis(call.Long(1), type.Rank)];
        bool excludes = call.Flag("exclusive");
        bool reverses = call.Flag("reverse");
        (OnnxTensor rows, int length) = AxisRows.Gather(call.Value(0), axes);
        T[] elements = TensorElements.Read<T>(rows).ToArray();
        for (int start = 0; start < elements.Length; start += length)
        {
            T sum = T.Zero;
            for (int i = 0; i < length; i++)
            {
                ref T element = ref elements[start + (reverses ? length - 1 - i : i)];
                T next = sum + element;
                element = excludes ? sum : next;
                sum = next;
            }
        }

        return AxisRows.Scatter(TensorElements.Create(type.ElementType, [.. rows.Shape], elements), axes, type.Shape);
    }
}
