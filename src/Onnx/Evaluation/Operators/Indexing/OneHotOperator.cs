namespace Flightc.Onnx.Evaluation;

/// <summary>A new axis with one value at each index and another elsewhere.</summary>
internal sealed class OneHotOperator() : OnnxOperator(new OperatorDefinition("OneHot", [9, 11])
{
    Inputs = [new("indices", "T1"), new("depth", "T2"), new("values", "T3")],
    Outputs = [new("output", "T3")],
    Attributes = [AttributeDefinition.Int("axis", -1)],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.Numbers, ["T2"] = ElementSet.Numbers, ["T3"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireShape(2, 2);
        long[] shape = call.Shape(0);
        int axis = call.Axis(call.Int("axis"), shape.Length + 1);
        long depth = call.Long(1);
        return depth > 0 ? [new(call.Type(2).ElementType, [.. shape[..axis], depth, .. shape[axis..]])] : throw call.Invalid($"depth is {depth}; wanted 1 or more");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = types[0]!.Shape;
        int axis = call.Axis(call.Int("axis"), shape.Length);
        long depth = shape[axis];
        long inner = Shapes.Count(shape.AsSpan(axis + 1));
        long[] indices = call.Longs(0);
        long[] places = new long[types[0]!.ElementCount];
        for (long i = 0; i < places.Length; i++)
        {
            // An index outside the axis sets nothing.
            long index = indices[i / inner / depth * inner + i % inner];
            places[i] = (index < 0 ? index + depth : index) == i / inner % depth ? 1 : 0;
        }

        return [ElementMoves.Picked(call.Value(2), places, shape)];
    }
}
