namespace Flightc.Onnx.Evaluation;

/// <summary>Ranges with steps along axes. They are attributes before opset 10 and inputs after.</summary>
internal sealed class SliceOperator() : OnnxOperator(new OperatorDefinition("Slice", [1, 10, 11, 13])
{
    Inputs =
    [
        new("data", "T"), new("starts", "I", Since: 10), new("ends", "I", Since: 10), ParameterDefinition.Optional("axes", "I", since: 10),
        ParameterDefinition.Optional("steps", "I", since: 10),
    ],
    Outputs = [new("output", "T")],
    Attributes =
    [
        AttributeDefinition.Optional("axes", AttributeKind.Ints, until: 10),
        AttributeDefinition.Required("ends", AttributeKind.Ints, until: 10),
        AttributeDefinition.Required("starts", AttributeKind.Ints, until: 10),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Indices },
})
{
    /// <inheritdoc/>
    public override bool ReadsPartly => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(call.Type(0).ElementType, Ranges(call).Lengths)];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        (long[] starts, long[] steps, _) = Ranges(call);
        long[] strides = Shapes.Strides(call.Shape(0));
        long offset = 0;
        for (int i = 0; i < strides.Length; i++)
        {
            offset += starts[i] * strides[i];
            strides[i] = unchecked(strides[i] * steps[i]);
        }

        return [ElementMoves.Strided(call.Value(0), offset, strides, types[0]!.Shape)];
    }

    private static (long[] Starts, long[] Steps, long[] Lengths) Ranges(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        long[] from = call.Version < 10 ? call.Ints("starts")! : call.Longs(1);
        long[] to = call.Version < 10 ? call.Ints("ends")! : call.Longs(2);
        long[] named = (call.Version < 10 ? call.Ints("axes") : call.OptionalLongs(3)) ?? [.. Enumerable.Range(0, from.Length).Select(i => (long)i)];
        long[] strides = (call.Version < 10 ? null : call.OptionalLongs(4)) ?? [.. Enumerable.Repeat(1L, from.Length)];
        if (from.Length != to.Length || from.Length != named.Length || from.Length != strides.Length || strides.Contains(0))
        {
            throw call.Invalid($"starts {Shapes.Text(from)}, ends {Shapes.Text(to)}, axes {Shapes.Text(named)} and steps {Shapes.Text(strides)} are not as many, or a step is 0");
        }

        int[] axes = call.Axes(named, shape.Length);
        long[] starts = new long[shape.Length];
        long[] steps = [.. Enumerable.Repeat(1L, shape.Length)];
        long[] lengths = [.. shape];
        for (int i = 0; i < axes.Length; i++)
        {
            long extent = shape[axes[i]];
            bool isForward = strides[i] > 0;

            // A start before the front or behind the end is moved to where the first step would come in.
            long start = Math.Clamp(FromFront(from[i], extent), 0, isForward ? extent : Math.Max(extent - 1, 0));
            long end = Math.Clamp(FromFront(to[i], extent), isForward ? 0 : -1, extent);
            Int128 distance = isForward ? end - start : start - end;
            Int128 step = Int128.Abs(strides[i]);
            lengths[axes[i]] = extent == 0 || distance <= 0 ? 0 : (long)((distance + step - 1) / step);
            starts[axes[i]] = lengths[axes[i]] == 0 ? 0 : start;
            steps[axes[i]] = lengths[axes[i]] <= 1 ? 1 : strides[i];
        }

        return (starts, steps, lengths);
    }

    private static long FromFront(long place, long extent) => place < 0 ? place + extent : place;
}
