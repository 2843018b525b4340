namespace Flightc.Onnx.Evaluation;

/// <summary>Slices that tuples of indices name.</summary>
internal sealed class GatherNDOperator() : OnnxOperator(new OperatorDefinition("GatherND", [11, 12, 13])
{
    Inputs = [new("data", "T"), new("indices", "I")],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Int("batch_dims", 0, since: 12)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        long[] indices = call.Shape(1);
        long batch = call.OptionalInt("batch_dims") ?? 0;
        if (indices.Length == 0 || batch < 0 || batch >= Math.Min(shape.Length, indices.Length) || indices[^1] < 1 || indices[^1] + batch > shape.Length
            || !shape.AsSpan(0, (int)batch).SequenceEqual(indices.AsSpan(0, (int)batch)))
        {
            throw call.Invalid($"indices of the shape {Shapes.Text(indices)} with {batch} batch axes do not fit data of the shape {Shapes.Text(shape)}");
        }

        return [new(call.Type(0).ElementType, [.. indices[..^1], .. shape[(int)(batch + indices[^1])..]])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        int batch = (int)(call.OptionalInt("batch_dims") ?? 0);
        long[] starts = SlicePlaces.Of(call, batch);
        long width = Shapes.Count(call.Shape(0).AsSpan(batch + (int)call.Shape(1)[^1]));
        long[] places = new long[types[0]!.ElementCount];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = starts[i / width] + i % width;
        }

        return [ElementMoves.Picked(call.Value(0), places, types[0]!.Shape)];
    }
}
