namespace Flightc.Onnx.Evaluation;

/// <summary>Slices along an axis by number, such as rows of an embedding.</summary>
internal sealed class GatherOperator() : OnnxOperator(new OperatorDefinition("Gather", [1, 11, 13])
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
        long[] shape = call.Shape(0);
        int axis = call.Axis(call.Int("axis"), shape.Length);
        return [new(call.Type(0).ElementType, [.. shape[..axis], .. call.Shape(1), .. shape[(axis + 1)..]])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = call.Shape(0);
        int axis = call.Axis(call.Int("axis"), shape.Length);
        long[] rows = Array.ConvertAll(call.Longs(1), i => call.Index(i, shape[axis], $"axis {axis}"));
        return [AxisGather.Take(call.Value(0), axis, rows, types[0]!.Shape)];
    }
}
