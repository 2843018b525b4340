namespace Flightc.Onnx.Evaluation;

/// <summary>A function of one number with a point, computed in binary64 and rounded once. <see cref="FloatFunctions"/> has them all.</summary>
internal sealed class FloatFunctionOperator(OperatorDefinition definition, Func<OperatorCall, Func<double, double>> function) : OnnxOperator(definition)
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [call.Type(0)];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        Func<double, double> f = function(call);
        return [TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, Array.ConvertAll(call.Read<double>(0).ToArray(), x => f(x)))];
    }
}
