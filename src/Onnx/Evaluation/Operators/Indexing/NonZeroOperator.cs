namespace Flightc.Onnx.Evaluation;

/// <summary>Places of the elements that are not 0, one column for each. Its shape depends on the data.</summary>
internal sealed class NonZeroOperator() : OnnxOperator(new OperatorDefinition("NonZero", [9, 13])
{
    Inputs = [new("X", "T")],
    Outputs = [new("Y", "I")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers | ElementSet.Bool, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) =>
        [new(OnnxElementType.Int64, [call.Type(0).Rank, TensorElements.ToBools(call.Value(0)).Count(b => b)])];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = call.Shape(0);
        int count = (int)types[0]!.Shape[1];
        long[] result = new long[shape.Length * count];
        Odometer odometer = new(shape, new long[shape.Length]);
        int found = 0;
        foreach (bool isSet in TensorElements.ToBools(call.Value(0)))
        {
            for (int axis = 0; isSet && axis < shape.Length; axis++)
            {
                result[axis * count + found] = odometer.Place[axis];
            }

            found += isSet ? 1 : 0;
            odometer.Advance();
        }

        return [TensorElements.Of(result, types[0]!.Shape)];
    }
}
