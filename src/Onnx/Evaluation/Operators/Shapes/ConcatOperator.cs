namespace Flightc.Onnx.Evaluation;

/// <summary>Tensors one after another along an axis.</summary>
internal sealed class ConcatOperator() : OnnxOperator(new OperatorDefinition("Concat", [4, 11, 13])
{
    Inputs = [ParameterDefinition.Variadic("inputs", "T")],
    Outputs = [new("concat_result", "T")],
    Attributes = [AttributeDefinition.Required("axis", AttributeKind.Int)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = [.. call.Shape(0)];
        int axis = call.Axis(call.Int("axis"), shape.Length);
        for (int i = 1; i < call.InputCount; i++)
        {
            long[] next = call.Shape(i);
            if (next.Length != shape.Length || Enumerable.Range(0, shape.Length).Any(a => a != axis && next[a] != shape[a]))
            {
                throw call.Invalid($"input {i} has the shape {Shapes.Text(next)}; wanted that of the first input but along axis {axis}");
            }

            shape[axis] = next[axis] <= long.MaxValue - shape[axis] ? shape[axis] + next[axis] : throw call.Invalid("the extents sum to more than a shape can have");
        }

        return [new(call.Type(0).ElementType, shape)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        int axis = call.Axis(call.Int("axis"), type.Rank);
        int width = ElementMoves.Width(type.ElementType);
        int outer = (int)Shapes.Count(type.Shape.AsSpan(0, axis));
        int row = (int)Shapes.Count(type.Shape.AsSpan(axis)) * width;
        byte[] result = new byte[type.ElementCount * width];
        int start = 0;
        for (int i = 0; i < call.InputCount; i++)
        {
            ReadOnlySpan<byte> part = ElementMoves.Whole(call.Value(i));
            int length = outer == 0 ? 0 : part.Length / outer;
            for (int o = 0; o < outer; o++)
            {
                part.Slice(o * length, length).CopyTo(result.AsSpan(o * row + start));
            }

            start += length;
        }

        return [ElementMoves.FromBytes(type.ElementType, type.Shape, result)];
    }
}
