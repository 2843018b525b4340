namespace Flightc.Onnx.Evaluation;

/// <summary>The number of elements.</summary>
internal sealed class SizeOperator() : OnnxOperator(new OperatorDefinition("Size", [1, 13, 19, 21, 23, 24, 25])
{
    Inputs = [new("data", "T")],
    Outputs = [new("size", "T1")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["T1"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(OnnxElementType.Int64, [])];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [TensorElements.Of([call.Type(0).ElementCount])];
}
