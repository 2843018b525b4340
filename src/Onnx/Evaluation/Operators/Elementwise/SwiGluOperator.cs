namespace Flightc.Onnx.Evaluation;

/// <summary><c>Swish(A) · B</c> ("GLU Variants Improve Transformer", arXiv 2002.05202); nothing is broadcast.</summary>
internal sealed class SwiGluOperator() : OnnxOperator(new OperatorDefinition("SwiGLU", [28])
{
    Inputs = [new("A", "T"), new("B", "T")],
    Outputs = [new("Y", "T")],
    Attributes = [AttributeDefinition.Float("alpha", 1)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        call.RequireShape(1, call.Shape(0));
        return [call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        Func<double, double> swish = FloatFunctions.Swish(call.Float("alpha"));
        double[] result = BroadcastLoop.Apply(call.Read<double>(0), call.Shape(0), call.Read<double>(1), call.Shape(1), call.Shape(0), (a, b) => swish(a) * b);
        return [TensorElements.Create(types[0]!.ElementType, types[0]!.Shape, result)];
    }
}
