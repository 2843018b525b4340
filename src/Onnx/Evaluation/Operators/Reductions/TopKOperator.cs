using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>The largest or smallest elements along an axis in order, and where they stand. Their number is an attribute before opset 10 and an input after.</summary>
internal sealed class TopKOperator() : OnnxOperator(new OperatorDefinition("TopK", [1, 10, 11, 24])
{
    Inputs = [new("X", "T"), new("K", "I", Since: 10)],
    Outputs = [new("Values", "T"), new("Indices", "I")],
    Attributes =
    [
        AttributeDefinition.Int("axis", -1), AttributeDefinition.Required("k", AttributeKind.Int, until: 10), AttributeDefinition.Int("largest", 1, since: 11),
        AttributeDefinition.Int("sorted", 1, since: 11),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = [.. call.Shape(0)];
        int axis = call.Axis(call.Int("axis"), shape.Length);
        long count = call.Version < 10 ? call.Int("k") : call.Long(1);
        shape[axis] = count >= 0 && count <= shape[axis] ? count : throw call.Invalid($"K is {count}; wanted 0 to {shape[axis]}");
        return [new(call.Type(0).ElementType, shape), new(OnnxElementType.Int64, shape)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => ElementTypes.LaneOf(types[0]!.ElementType) switch
    {
        Lane.Single or Lane.Double => Run<double>(call, types),
        Lane.Signed => Run<long>(call, types),
        Lane.NonNegative => Run<ulong>(call, types),
    };

    private static OnnxTensor?[] Run<T>(OperatorCall call, OnnxTensorType?[] types)
        where T : unmanaged, INumber<T>
    {
        int[] axes = [call.Axis(call.Int("axis"), call.Type(0).Rank)];
        bool isLargest = call.Version < 11 || call.Flag("largest");
        (OnnxTensor rows, int length) = AxisRows.Gather(call.Value(0), axes);
        T[] elements = TensorElements.Read<T>(rows).ToArray();
        int count = (int)types[0]!.Shape[axes[0]];
        int rowCount = length == 0 ? 0 : elements.Length / length;
        T[] values = new T[rowCount * count];
        long[] places = new long[values.Length];
        for (int row = 0; row < rowCount; row++)
        {
            // Sorting is stable, so that of equal elements the first comes first.
            IEnumerable<int> order = Enumerable.Range(row * length, length);
            order = isLargest ? order.OrderByDescending(i => elements[i]) : order.OrderBy(i => elements[i]);
            int at = row * count;
            foreach (int place in order.Take(count))
            {
                values[at] = elements[place];
                places[at++] = place - row * length;
            }
        }

        long[] shape = types[0]!.Shape;
        long[] packed = [.. rows.Shape];
        packed[^1] = count;
        return
        [
            AxisRows.Scatter(TensorElements.Create(types[0]!.ElementType, packed, values), axes, shape),
            AxisRows.Scatter(TensorElements.Of(places, packed), axes, shape),
        ];
    }
}
