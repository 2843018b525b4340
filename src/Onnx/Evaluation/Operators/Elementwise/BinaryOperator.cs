using System.Numerics;

namespace Flightc.Onnx.Evaluation;

/// <summary>Two or, where the last input is variadic, any number of tensors of one type, broadcast, and combined element by element.</summary>
internal abstract class BinaryOperator(OperatorDefinition definition) : OnnxOperator(definition)
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        for (int i = 1; i < call.InputCount; i++)
        {
            shape = call.Broadcast(shape, call.Shape(i));
        }

        return [new(call.Type(0).ElementType, shape)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.LaneOf(types[0]!.ElementType) switch
    {
        Lane.Single => Run<float>(call, types[0]!),
        Lane.Double => Run<double>(call, types[0]!),
        Lane.Signed => Run<long>(call, types[0]!),
        Lane.NonNegative => Run<ulong>(call, types[0]!),
    }];

    /// <summary>What is done with two elements. Integers wrap when they are stored.</summary>
    protected abstract Func<T, T, T> Function<T>(OperatorCall call)
        where T : unmanaged, INumber<T>;

    /// <summary>What is done with the result once all inputs are in it.</summary>
    protected virtual Func<T, T>? Last<T>(OperatorCall call)
        where T : unmanaged, INumber<T> => null;

    /// <summary>A first node definition: two inputs and an output of one type.</summary>
    protected static OperatorDefinition Define(string name, int[] versions, ElementSet types) => new(name, versions)
    {
        Inputs = [new("A", "T"), new("B", "T")],
        Outputs = [new("C", "T")],
        Types = new Dictionary<string, ElementSet> { ["T"] = types },
    };

    /// <summary>The definition of an operator on any number of inputs of one type.</summary>
    protected static OperatorDefinition DefineVariadic(string name, int[] versions, ElementSet types, string result) => new(name, versions)
    {
        Inputs = [ParameterDefinition.Variadic("data_0", "T")],
        Outputs = [new(result, "T")],
        Types = new Dictionary<string, ElementSet> { ["T"] = types },
    };

    private OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, INumber<T>
    {
        Func<T, T, T> function = Function<T>(call);
        long[] shape = call.Shape(0);
        ReadOnlySpan<T> sum = call.Read<T>(0);
        for (int i = 1; i < call.InputCount; i++)
        {
            long[] target = call.Broadcast(shape, call.Shape(i));
            sum = BroadcastLoop.Apply(sum, shape, call.Read<T>(i), call.Shape(i), target, function);
            shape = target;
        }

        T[] result = sum.ToArray();
        return TensorElements.Create(type.ElementType, type.Shape, Last<T>(call) is { } last ? Array.ConvertAll(result, v => last(v)) : result);
    }
}
