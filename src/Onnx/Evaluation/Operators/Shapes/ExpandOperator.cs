namespace Flightc.Onnx.Evaluation;

/// <summary>Repeats axes of extent 1 by the rules of broadcasting.</summary>
internal sealed class ExpandOperator() : OnnxOperator(new OperatorDefinition("Expand", [8, 13])
{
    Inputs = [new("input", "T"), new("shape", "I")],
    Outputs = [new("output", "T")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireRank(1, 1);
        return [new(call.Type(0).ElementType, call.Broadcast(call.Shape(0), call.Longs(1)))];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [ElementMoves.Strided(call.Value(0), 0, Shapes.BroadcastStrides(call.Shape(0), types[0]!.Shape), types[0]!.Shape)];
}
