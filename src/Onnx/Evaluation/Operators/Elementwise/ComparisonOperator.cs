using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Compares two tensors element by element; every comparison with NaN is false.</summary>
internal sealed class ComparisonOperator(string name, int[] versions, ElementSet types, bool whenLess, bool whenEqual, bool whenGreater) : OnnxOperator(
    new OperatorDefinition(name, versions)
    {
        Inputs = [new("A", "T"), new("B", "T")],
        Outputs = [new("C", "T1")],
        Types = new Dictionary<string, ElementSet> { ["T"] = types, ["T1"] = ElementSet.Bool },
    })
{
    /// <summary>All comparisons.</summary>
    public static IEnumerable<OnnxOperator> All =>
    [
        new ComparisonOperator("Equal", [7, 11, 13, 19], ElementSet.Numbers | ElementSet.Bool, false, true, false),
        new ComparisonOperator("Greater", [7, 9, 13], ElementSet.Numbers, false, false, true),
        new ComparisonOperator("GreaterOrEqual", [12, 16], ElementSet.Numbers, false, true, true),
        new ComparisonOperator("Less", [7, 9, 13], ElementSet.Numbers, true, false, false),
        new ComparisonOperator("LessOrEqual", [12, 16], ElementSet.Numbers, true, true, false),
    ];

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(OnnxElementType.Bool, call.Broadcast(call.Shape(0), call.Shape(1)))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(call.Type(0).ElementType) switch
    {
        Lane.Single => Run<float>(call, types[0]!),
        Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    private OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, INumber<T>
    {
        byte[] result = BroadcastLoop.Apply(
            call.Read<T>(0), call.Shape(0), call.Read<T>(1), call.Shape(1), type.Shape,
            (a, b) => (a < b && whenLess) || (a == b && whenEqual) || (a > b && whenGreater) ? (byte)1 : (byte)0);
        return new(OnnxElementType.Bool, type.Shape, new ArrayBytes<byte>(result));
    }
}
