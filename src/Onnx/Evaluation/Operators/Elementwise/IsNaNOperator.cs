namespace Flightc.Onnx.Evaluation;

/// <summary>Whether elements are not a number.</summary>
internal sealed class IsNaNOperator() : OnnxOperator(new OperatorDefinition("IsNaN", [9, 13, 20])
{
    Inputs = [new("X", "T1")],
    Outputs = [new("Y", "T2")],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.Floats | ElementSet.Float8s, ["T2"] = ElementSet.Bool },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(OnnxElementType.Bool, call.Shape(0))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [TensorElements.Of(Array.ConvertAll(call.Read<double>(0).ToArray(), double.IsNaN), types[0]!.Shape)];
}
