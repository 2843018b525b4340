namespace Flightc.Onnx.Evaluation;

/// <summary>Adds elements before and behind along axes, or cuts them off where counts are negative. Counts are an attribute before opset 11 and an input after.</summary>
internal sealed class PadOperator() : OnnxOperator(new OperatorDefinition("Pad", [2, 11, 13, 18, 19, 21, 23, 24, 25])
{
    Inputs =
    [
        new("data", "T"), new("pads", "I", Since: 11), ParameterDefinition.Optional("constant_value", "T", since: 11),
        ParameterDefinition.Optional("axes", "A", since: 18),
    ],
    Outputs = [new("output", "T")],
    Attributes =
    [
        AttributeDefinition.Text("mode", "constant"),
        AttributeDefinition.Required("pads", AttributeKind.Ints, until: 11),
        AttributeDefinition.Float("value", 0, until: 11),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64, ["A"] = ElementSet.Indices },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = [.. call.Shape(0)];
        string mode = call.Text("mode");
        if (mode is not ("constant" or "reflect" or "edge" or "wrap"))
        {
            throw call.Invalid($"mode is '{mode}'; wanted constant, reflect, edge or wrap");
        }

        (long[] before, long[] after) = Counts(call);
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 0 && mode != "constant" && (before[i] > 0 || after[i] > 0))
            {
                throw call.Invalid($"axis {i} is empty: there is nothing to repeat");
            }

            Int128 length = (Int128)shape[i] + before[i] + after[i];
            shape[i] = length >= 0 && length <= long.MaxValue ? (long)length : throw call.Invalid($"padding would make extent {i} {length}");
        }

        return [new(call.Type(0).ElementType, shape)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        long[] shape = call.Shape(0);
        (long[] before, _) = Counts(call);
        string mode = call.Text("mode");
        long[] strides = Shapes.Strides(shape);
        long[] places = new long[type.ElementCount];
        Odometer odometer = new(type.Shape, new long[type.Rank]);
        for (int i = 0; i < places.Length; i++)
        {
            long place = 0;
            for (int axis = 0; axis < shape.Length && place >= 0; axis++)
            {
                long source = SourceOf(odometer.Place[axis] - before[axis], shape[axis], mode);
                place = source < 0 ? -1 : place + source * strides[axis];
            }

            places[i] = place;
            odometer.Advance();
        }

        return [ElementMoves.Picked(call.Value(0), places, type.Shape, ElementMoves.Whole(Fill(call, type)))];
    }

    private static OnnxTensor Fill(OperatorCall call, OnnxTensorType type) => call.Has(2)
        ? call.Type(2).ElementCount == 1 ? call.Value(2) : throw call.Invalid($"constant_value has the shape {Shapes.Text(call.Shape(2))}; wanted a scalar")
        : TensorElements.Of(type.ElementType, [call.Version < 11 ? call.Float("value") : 0.0]);

    private static (long[] Before, long[] After) Counts(OperatorCall call)
    {
        int rank = call.Type(0).Rank;
        long[] counts = call.Version < 11 ? call.Ints("pads")! : call.Longs(1);
        int[] axes = call.OptionalLongs(3) is { } named ? call.Axes(named, rank) : [.. Enumerable.Range(0, rank)];
        if (counts.Length != 2 * axes.Length)
        {
            throw call.Invalid($"pads are {Shapes.Text(counts)}; wanted {2 * axes.Length} numbers");
        }

        long[] before = new long[rank];
        long[] after = new long[rank];
        for (int i = 0; i < axes.Length; i++)
        {
            before[axes[i]] = counts[i];
            after[axes[i]] = counts[axes.Length + i];
        }

        return (before, after);
    }

    // -1 where the place is filled.
    private static long SourceOf(long place, long extent, string mode)
    {
        if (place >= 0 && place < extent)
        {
            return place;
        }

        switch (mode)
        {
            case "edge":
                return place < 0 ? 0 : extent - 1;
            case "wrap":
                return (place % extent + extent) % extent;
            case "reflect" when extent == 1:
                return 0;
            case "reflect":
                long period = 2 * (extent - 1);
                long within = (place % period + period) % period;
                return within < extent ? within : period - within;
            default:
                return -1;
        }
    }
}
