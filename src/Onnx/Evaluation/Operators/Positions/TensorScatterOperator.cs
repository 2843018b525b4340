namespace Flightc.Onnx.Evaluation;

/// <summary>Writes new tokens into a cache, for each sequence from a place of its own on.</summary>
internal sealed class TensorScatterOperator() : OnnxOperator(new OperatorDefinition("TensorScatter", [24])
{
    Inputs = [new("past_cache", "T"), new("update", "T"), ParameterDefinition.Optional("write_indices", "I")],
    Outputs = [new("present_cache", "T")],
    Attributes = [AttributeDefinition.Int("axis", -2), AttributeDefinition.Text("mode", "linear")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] cache = call.Shape(0);
        int axis = call.Axis(call.Int("axis"), cache.Length);
        long[] wanted = [.. cache];
        wanted[axis] = -1;
        call.RequireShape(1, wanted);
        if (axis == 0 || call.Shape(1)[axis] > cache[axis])
        {
            throw call.Invalid("the axis of tokens is the batch, or more tokens are written than the cache holds");
        }

        if (call.Has(2))
        {
            call.RequireShape(2, cache[0]);
        }

        return call.Text("mode") is "linear" or "circular" ? [call.Type(0)] : throw call.Invalid($"mode is '{call.Text("mode")}'; wanted linear or circular");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] cache = call.Shape(0);
        long[] update = call.Shape(1);
        int axis = call.Axis(call.Int("axis"), cache.Length);
        long[] starts = call.OptionalLongs(2) ?? new long[cache[0]];
        bool isCircular = call.Text("mode") == "circular";
        int width = ElementMoves.Width(call.Type(0).ElementType);
        int inner = (int)Shapes.Count(cache.AsSpan(axis + 1)) * width;
        int perBatch = (int)Shapes.Count(cache.AsSpan(1, axis - 1));
        byte[] result = ElementMoves.Whole(call.Value(0)).ToArray();
        ReadOnlySpan<byte> tokens = ElementMoves.Whole(call.Value(1));
        for (int prefix = 0; prefix < cache[0] * perBatch; prefix++)
        {
            for (long token = 0; token < update[axis]; token++)
            {
                long start = starts[prefix / perBatch];
                long place = isCircular ? (start % cache[axis] + cache[axis] + token) % cache[axis]
                    : start >= 0 && start <= cache[axis] - update[axis] ? start + token
                    : throw call.Invalid($"tokens are written from {start} on; wanted 0 to {cache[axis] - update[axis]}");
                tokens.Slice((int)((prefix * update[axis] + token) * inner), inner).CopyTo(result.AsSpan((int)((prefix * cache[axis] + place) * inner)));
            }
        }

        return [ElementMoves.FromBytes(types[0]!.ElementType, cache, result)];
    }
}
