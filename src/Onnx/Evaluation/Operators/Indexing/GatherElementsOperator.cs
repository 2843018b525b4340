namespace Flightc.Onnx.Evaluation;

/// <summary>Elements at places that differ from those of the result along one axis only.</summary>
internal sealed class GatherElementsOperator() : OnnxOperator(new OperatorDefinition("GatherElements", [11, 13])
{
    Inputs = [new("data", "T"), new("indices", "I")],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Int("axis", 0)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Indices },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        ElementPlaces.Check(call, call.Shape(1), call.Axis(call.Int("axis"), call.Type(0).Rank));
        return [new(call.Type(0).ElementType, call.Shape(1))];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [ElementMoves.Picked(call.Value(0), ElementPlaces.Of(call, call.Axis(call.Int("axis"), call.Type(0).Rank)), types[0]!.Shape)];
}
