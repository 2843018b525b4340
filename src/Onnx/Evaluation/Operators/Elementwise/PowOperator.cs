namespace Flightc.Onnx.Evaluation;

/// <summary>Powers, in the type of the base.</summary>
internal sealed class PowOperator() : OnnxOperator(new OperatorDefinition("Pow", [7, 12, 13, 15])
{
    Inputs = [new("X", "T"), new("Y", "T1")],
    Outputs = [new("Z", "T")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers, ["T1"] = ElementSet.Numbers },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(call.Type(0).ElementType, call.Broadcast(call.Shape(0), call.Shape(1)))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        OnnxTensorType type = types[0]!;
        bool isWhole = !ElementTypes.IsFloat(type.ElementType) && !ElementTypes.IsFloat(call.Type(1).ElementType);
        return [isWhole
            ? TensorElements.Create(type.ElementType, type.Shape, BroadcastLoop.Apply(
                call.Read<long>(0), call.Shape(0), call.Read<long>(1), call.Shape(1), type.Shape, WholePower))
            : TensorElements.Create(type.ElementType, type.Shape, BroadcastLoop.Apply(
                call.Read<double>(0), call.Shape(0), call.Read<double>(1), call.Shape(1), type.Shape, PortableFunctions.Pow))];
    }

    // Exact modulo 2^64, which is what remains of a large power.
    private static long WholePower(long x, long power)
    {
        if (power < 0)
        {
            return x == 1 ? 1 : x == -1 ? ((power & 1) == 0 ? 1 : -1) : 0;
        }

        long result = 1;
        for (long square = x; power > 0; power >>= 1, square *= square)
        {
            result = (power & 1) != 0 ? result * square : result;
        }

        return result;
    }
}
