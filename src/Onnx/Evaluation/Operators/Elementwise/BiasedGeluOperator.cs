namespace Flightc.Onnx.Evaluation;

/// <summary>GELU of the sum of a tensor and a vector: exact, or by a hyperbolic tangent and then without the vector if there is none.</summary>
internal sealed class BiasedGeluOperator(string name, bool needsBias, Func<double, double> function) : OnnxOperator(new OperatorDefinition(name, [1])
{
    Domain = OperatorDefinition.Microsoft,
    Inputs = [new("X", "T"), needsBias ? new("bias", "T") : ParameterDefinition.Optional("bias", "T")],
    Outputs = [new("Y", "T")],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats },
})
{
    /// <summary>Both.</summary>
    public static IEnumerable<OnnxOperator> All =>
        [new BiasedGeluOperator("BiasGelu", true, FloatFunctions.Gelu), new BiasedGeluOperator("FastGelu", false, FloatFunctions.GeluByTanh)];

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        if (call.Has(1))
        {
            call.RequireShape(1, call.Shape(0).Length == 0 ? throw call.Invalid("a single number has no axis for a bias") : call.Shape(0)[^1]);
        }

        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        double[] x = call.Read<double>(0).ToArray();
        double[] sum = call.Has(1)
            ? BroadcastLoop.Apply(x, call.Shape(0), call.Read<double>(1), call.Shape(1), call.Shape(0), static (value, bias) => value + bias)
            : x;
        return [TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, Array.ConvertAll(sum, v => function(v)))];
    }
}
