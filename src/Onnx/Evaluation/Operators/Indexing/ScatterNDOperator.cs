namespace Flightc.Onnx.Evaluation;

/// <summary>Updates of slices that tuples of indices name.</summary>
internal sealed class ScatterNDOperator() : OnnxOperator(new OperatorDefinition("ScatterND", [11, 13, 16, 18])
{
    Inputs = [new("data", "T"), new("indices", "I"), new("updates", "T")],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Text("reduction", "none", since: 16)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        ScatterWriter.ReductionOf(call);
        long[] shape = call.Shape(0);
        long[] indices = call.Shape(1);
        if (indices.Length == 0 || indices[^1] > shape.Length)
        {
            throw call.Invalid($"indices of the shape {Shapes.Text(indices)} do not fit data of the shape {Shapes.Text(shape)}");
        }

        call.RequireShape(2, [.. indices[..^1], .. shape[(int)indices[^1]..]]);
        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] starts = SlicePlaces.Of(call, 0);
        long width = Shapes.Count(call.Shape(0).AsSpan((int)call.Shape(1)[^1]));
        long[] places = new long[call.Type(2).ElementCount];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = starts[i / width] + i % width;
        }

        return [ScatterWriter.Write(call, places)];
    }
}
