namespace Flightc.Onnx.Evaluation;

/// <summary>The same elements in another shape.</summary>
internal abstract class ViewOperator(OperatorDefinition definition) : OnnxOperator(definition)
{
    /// <inheritdoc/>
    public sealed override bool SharesData => true;

    /// <inheritdoc/>
    public sealed override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = Shape(call);
        return Shapes.TryCount(shape, long.MaxValue, out long count) && count == call.Type(0).ElementCount
            ? [new(call.Type(0).ElementType, shape)]
            : throw call.Invalid($"{call.Type(0).ElementCount} elements do not make the shape {Shapes.Text(shape)}");
    }

    /// <inheritdoc/>
    public sealed override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
        [new(types[0]!.ElementType, types[0]!.Shape, call.Value(0).Data)];

    /// <summary>The shape of the result.</summary>
    protected abstract long[] Shape(OperatorCall call);

    /// <summary>A definition with one input of any type.</summary>
    protected static OperatorDefinition Define(string name, int[] versions) => new(name, versions)
    {
        Inputs = [new("input", "T")],
        Outputs = [new("output", "T")],
        Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All, ["I"] = ElementSet.Int64 },
    };
}
