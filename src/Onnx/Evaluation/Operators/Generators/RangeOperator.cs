namespace Flightc.Onnx.Evaluation;

/// <summary>Numbers from a start on by a step, up to a limit that is not reached.</summary>
internal sealed class RangeOperator() : OnnxOperator(new OperatorDefinition("Range", [11, 27])
{
    Inputs = [new("start", "T"), new("limit", "T"), new("delta", "T")],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Optional("stash_type", AttributeKind.Int, since: 27)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        double count;
        if (ElementTypes.IsFloat(call.Type(0).ElementType))
        {
            double delta = call.Number(2);
            count = delta == 0 ? double.NaN : Math.Ceiling((call.Number(1) - call.Number(0)) / delta);
        }
        else
        {
            Int128 delta = call.Long(2);
            Int128 distance = (Int128)call.Long(1) - call.Long(0);
            count = delta == 0 ? double.NaN : delta > 0 ? (double)((distance + delta - 1) / delta) : (double)((-distance - delta - 1) / -delta);
        }

        return double.IsNaN(count) || count > long.MaxValue / 8
            ? throw call.Invalid("delta is 0, or start, limit and delta give no countable number of elements")
            : [new(call.Type(0).ElementType, [(long)Math.Max(0, count)])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        int count = (int)type.Shape[0];
        if (ElementTypes.IsFloat(type.ElementType))
        {
            double start = call.Number(0);
            double delta = call.Number(2);
            return [TensorElements.Create(type.ElementType, type.Shape, Enumerable.Range(0, count).Select(i => start + i * delta).ToArray())];
        }

        long first = call.Long(0);
        long step = call.Long(2);
        return [TensorElements.Create(type.ElementType, type.Shape, Enumerable.Range(0, count).Select(i => unchecked(first + i * step)).ToArray())];
    }
}
