namespace Flightc.Onnx.Evaluation;

/// <summary>Parts of a tensor along an axis. The lengths are an attribute before opset 13 and an input after; from 18 on a number of parts will do.</summary>
internal sealed class SplitOperator() : OnnxOperator(new OperatorDefinition("Split", [2, 11, 13, 18])
{
    Inputs = [new("input", "T"), ParameterDefinition.Optional("split", "I", since: 13)],
    Outputs = [ParameterDefinition.Variadic("outputs", "T")],
    Attributes =
    [
        AttributeDefinition.Int("axis", 0),
        AttributeDefinition.Optional("split", AttributeKind.Ints, until: 13),
        AttributeDefinition.Optional("num_outputs", AttributeKind.Int, since: 18),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        int axis = call.Axis(call.Int("axis"), shape.Length);
        return [.. Lengths(call, axis).Select(length =>
        {
            long[] part = [.. shape];
            part[axis] = length;
            return new OnnxTensorType(call.Type(0).ElementType, part);
        })];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] strides = Shapes.Strides(call.Shape(0));
        int axis = call.Axis(call.Int("axis"), strides.Length);
        OnnxTensor?[] parts = new OnnxTensor?[types.Length];
        long start = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = ElementMoves.Strided(call.Value(0), start * strides[axis], strides, types[i]!.Shape);
            start += types[i]!.Shape[axis];
        }

        return parts;
    }

    private static long[] Lengths(OperatorCall call, int axis)
    {
        long extent = call.Shape(0)[axis];
        if ((call.Version < 13 ? call.Ints("split") : call.OptionalLongs(1)) is { } lengths)
        {
            bool fits = lengths.Length == call.OutputCount && lengths.All(l => l >= 0 && l <= extent) && lengths.Sum() == extent;
            return fits ? lengths : throw call.Invalid($"the parts {Shapes.Text(lengths)} of {call.OutputCount} outputs do not make the extent {extent} of axis {axis}");
        }

        long count = call.OptionalInt("num_outputs") ?? call.OutputCount;
        if (count != call.OutputCount || count < 1)
        {
            throw call.Invalid($"num_outputs is {count}; wanted {call.OutputCount} as the node has outputs");
        }

        // Only opset 18 and later say what happens where the extent is no multiple: the last part is shorter.
        long length = (extent + count - 1) / count;
        long last = extent - length * (count - 1);
        return last >= 0 && (call.Version >= 18 || last == length)
            ? [.. Enumerable.Repeat(length, (int)count - 1), last]
            : throw call.Invalid($"the extent {extent} of axis {axis} does not make {count} parts");
    }
}
