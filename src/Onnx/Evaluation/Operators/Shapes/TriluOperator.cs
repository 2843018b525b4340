namespace Flightc.Onnx.Evaluation;

/// <summary>The upper or lower triangle of matrices; zeros elsewhere.</summary>
internal sealed class TriluOperator() : OnnxOperator(new OperatorDefinition("Trilu", [14])
{
    Inputs = [new("input", "T"), ParameterDefinition.Optional("k", "I")],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Int("upper", 1)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) =>
        call.Type(0).Rank >= 2 ? [call.Type(0)] : throw call.Invalid($"the input has the shape {Shapes.Text(call.Shape(0))}; wanted matrices");

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        long diagonal = call.Has(1) ? call.Long(1) : 0;
        bool isUpper = call.Flag("upper");
        long columns = type.Shape[^1];
        long rows = type.Shape[^2];
        long[] places = new long[type.ElementCount];
        for (long i = 0; i < places.Length; i++)
        {
            Int128 above = (Int128)(i % columns) - (i / columns % rows) - diagonal;
            places[i] = (isUpper ? above >= 0 : above <= 0) ? i : -1;
        }

        return [ElementMoves.Picked(call.Value(0), places, type.Shape)];
    }
}
