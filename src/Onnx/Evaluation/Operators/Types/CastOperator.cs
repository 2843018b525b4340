namespace Flightc.Onnx.Evaluation;

/// <summary>The elements in another type, which an attribute names.</summary>
internal sealed class CastOperator() : OnnxOperator(new OperatorDefinition("Cast", [6, 9, 13, 19, 21, 23, 24, 25])
{
    Inputs = [new("input", "T1")],
    Outputs = [new("output", "T2")],
    Attributes =
    [
        AttributeDefinition.Text("round_mode", "up", since: 24),
        AttributeDefinition.Int("saturate", 1, since: 19),
        AttributeDefinition.Required("to", AttributeKind.Int),
    ],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.All, ["T2"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        OnnxElementType type = call.ElementType("to");
        return type != OnnxElementType.Undefined ? [new(type, call.Shape(0))] : throw UnsupportedType.Of(type, call.Node.Name);
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [ElementCast.Convert(call.Value(0), types[0]!.ElementType, call.Version < 19 || call.Flag("saturate"))];
}
