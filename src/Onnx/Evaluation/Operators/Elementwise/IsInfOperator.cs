namespace Flightc.Onnx.Evaluation;

/// <summary>Whether elements are infinite, of either sign or of one.</summary>
internal sealed class IsInfOperator() : OnnxOperator(new OperatorDefinition("IsInf", [10, 20])
{
    Inputs = [new("X", "T1")],
    Outputs = [new("Y", "T2")],
    Attributes = [AttributeDefinition.Int("detect_negative", 1), AttributeDefinition.Int("detect_positive", 1)],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.Floats | ElementSet.Float8s, ["T2"] = ElementSet.Bool },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(OnnxElementType.Bool, call.Shape(0))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        bool below = call.Flag("detect_negative");
        bool above = call.Flag("detect_positive");
        return
        [
            TensorElements.Of(
                Array.ConvertAll(call.Read<double>(0).ToArray(), x => (below && double.IsNegativeInfinity(x)) || (above && double.IsPositiveInfinity(x))),
                types[0]!.Shape),
        ];
    }
}
