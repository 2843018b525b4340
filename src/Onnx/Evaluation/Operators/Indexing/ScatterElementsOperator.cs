namespace Flightc.Onnx.Evaluation;

/// <summary>Updates at places that differ from their own along one axis only.</summary>
internal sealed class ScatterElementsOperator() : OnnxOperator(new OperatorDefinition("ScatterElements", [11, 13, 16, 18])
{
    Inputs = [new("data", "T"), new("indices", "I"), new("updates", "T")],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Int("axis", 0), AttributeDefinition.Text("reduction", "none", since: 16)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Indices },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        ScatterWriter.ReductionOf(call);
        ElementPlaces.Check(call, call.Shape(1), call.Axis(call.Int("axis"), call.Type(0).Rank));
        call.RequireShape(2, call.Shape(1));
        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [ScatterWriter.Write(call, ElementPlaces.Of(call, call.Axis(call.Int("axis"), call.Type(0).Rank)))];
}
