using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>The place of the largest or smallest element along an axis: of several the first or the last.</summary>
internal sealed class ArgOperator(string name, bool isLargest) : OnnxOperator(new OperatorDefinition(name, [1, 11, 12, 13])
{
    Inputs = [new("data", "T")],
    Outputs = [new("reduced", "I")],
    Attributes = [AttributeDefinition.Int("axis", 0), AttributeDefinition.Int("keepdims", 1), AttributeDefinition.Int("select_last_index", 0, since: 12)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers, ["I"] = ElementSet.Int64 },
})
{
    /// <summary>Both.</summary>
    public static IEnumerable<OnnxOperator> All => [new ArgOperator("ArgMax", true), new ArgOperator("ArgMin", false)];

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = [.. call.Shape(0)];
        int axis = call.Axis(call.Int("axis"), shape.Length);
        if (shape[axis] == 0)
        {
            throw call.Invalid($"axis {axis} is empty: it has no largest element");
        }

        shape[axis] = 1;
        return [new(OnnxElementType.Int64, call.Flag("keepdims") ? shape : [.. shape.Where((_, i) => i != axis)])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(call.Type(0).ElementType) switch
    {
        Lane.Single or Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    private OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, INumber<T>
    {
        bool takesLast = call.Version >= 12 && call.Flag("select_last_index");
        (OnnxTensor rows, int length) = AxisRows.Gather(call.Value(0), [call.Axis(call.Int("axis"), call.Type(0).Rank)]);
        ReadOnlySpan<T> elements = TensorElements.Read<T>(rows);
        long[] result = new long[type.ElementCount];
        for (int row = 0; row < result.Length; row++)
        {
            int best = 0;
            for (int i = 1; i < length; i++)
            {
                T x = elements[row * length + i];
                T y = elements[row * length + best];
                best = (isLargest ? x > y : x < y) || (takesLast && x == y) ? i : best;
            }

            result[row] = best;
        }

        return TensorElements.Of(result, type.Shape);
    }
}
