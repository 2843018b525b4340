namespace Flightc.Onnx.Evaluation;

/// <summary>The elements in the type of another tensor.</summary>
internal sealed class CastLikeOperator() : OnnxOperator(new OperatorDefinition("CastLike", [15, 19, 21, 23, 24, 25])
{
    Inputs = [new("input", "T1"), new("target_type", "T2")],
    Outputs = [new("output", "T2")],
    Attributes = [AttributeDefinition.Text("round_mode", "up", since: 24), AttributeDefinition.Int("saturate", 1, since: 19)],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.All, ["T2"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(call.Type(1).ElementType, call.Shape(0))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [ElementCast.Convert(call.Value(0), types[0]!.ElementType, call.Version < 19 || call.Flag("saturate"))];
}
