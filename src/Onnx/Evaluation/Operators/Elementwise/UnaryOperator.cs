using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>A function of one element that integers have too.</summary>
internal abstract class UnaryOperator(string name, int[] versions, ElementSet types) : OnnxOperator(new OperatorDefinition(name, versions)
{
    Inputs = [new("X", "T")],
    Outputs = [new("Y", "T")],
    Types = new Dictionary<string, ElementSet> { ["T"] = types },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [call.Type(0)];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(types[0]!.ElementType) switch
    {
        Lane.Single => Run<float>(call, types[0]!),
        Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    /// <summary>What is done with an element. Integers wrap when they are stored.</summary>
    protected abstract T Function<T>(T x)
        where T : unmanaged, INumber<T>;

    private OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, INumber<T> =>
        TensorElements.Create(type.ElementType, type.Shape, Array.ConvertAll(call.Read<T>(0).ToArray(), Function));
}
