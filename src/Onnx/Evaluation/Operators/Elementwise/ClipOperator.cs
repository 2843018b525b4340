using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Elements limited to a range; the limits are attributes before opset 11 and inputs after.</summary>
internal sealed class ClipOperator() : OnnxOperator(new OperatorDefinition("Clip", [6, 11, 12, 13])
{
    Inputs = [new("input", "T"), ParameterDefinition.Optional("min", "T", 11), ParameterDefinition.Optional("max", "T", 11)],
    Outputs = [new("output", "T")],
    Attributes = [AttributeDefinition.Float("min", float.MinValue, until: 11), AttributeDefinition.Float("max", float.MaxValue, until: 11)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        for (int i = 1; i <= 2; i++)
        {
            if (call.Has(i) && call.Type(i).ElementCount != 1)
            {
                throw call.Invalid($"a limit has the shape {Shapes.Text(call.Shape(i))}; wanted a scalar");
            }
        }

        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(types[0]!.ElementType) switch
    {
        Lane.Single => Run<float>(call, types[0]!),
        Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    private static OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, INumber<T>
    {
        T? least = call.Version < 11 ? T.CreateSaturating(call.Float("min")) : call.Has(1) ? call.Read<T>(1)[0] : null;
        T? most = call.Version < 11 ? T.CreateSaturating(call.Float("max")) : call.Has(2) ? call.Read<T>(2)[0] : null;
        return TensorElements.Create(type.ElementType, type.Shape, Array.ConvertAll(call.Read<T>(0).ToArray(), x =>
        {
            // Where the limits cross the upper one wins.
            T raised = least is { } low && x < low ? low : x;
            return most is { } high && raised > high ? high : raised;
        }));
    }
}
