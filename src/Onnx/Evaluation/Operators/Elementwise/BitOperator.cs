namespace Flightc.Onnx.Evaluation;

/// <summary>Combines two tensors of truth values, or two of integers bit by bit.</summary>
internal sealed class BitOperator(string name, int[] versions, ElementSet types, Func<long, long, long> function) : OnnxOperator(
    new OperatorDefinition(name, versions)
    {
        Inputs = [new("A", "T"), new("B", "T")],
        Outputs = [new("C", "T")],
        Types = new Dictionary<string, ElementSet> { ["T"] = types },
    })
{
    /// <summary>All of them.</summary>
    public static IEnumerable<OnnxOperator> All =>
    [
        new BitOperator("And", [7], ElementSet.Bool, static (a, b) => a & b),
        new BitOperator("Or", [7], ElementSet.Bool, static (a, b) => a | b),
        new BitOperator("Xor", [7], ElementSet.Bool, static (a, b) => a ^ b),
        new BitOperator("BitwiseAnd", [18], ElementSet.Integers, static (a, b) => a & b),
        new BitOperator("BitwiseOr", [18], ElementSet.Integers, static (a, b) => a | b),
        new BitOperator("BitwiseXor", [18], ElementSet.Integers, static (a, b) => a ^ b),
    ];

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [new(call.Type(0).ElementType, call.Broadcast(call.Shape(0), call.Shape(1)))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
    [
        TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, BroadcastLoop.Apply(
            call.Read<long>(0), call.Shape(0), call.Read<long>(1), call.Shape(1), types[0]!.Shape, function)),
    ];
}
