namespace Flightc.Onnx.Evaluation;

/// <summary>A value that stands in the node.</summary>
internal sealed class ConstantOperator() : OnnxOperator(new OperatorDefinition("Constant", [1, 9, 11, 12, 13, 19, 21, 23, 24, 25])
{
    Outputs = [new("output", "T")],
    Attributes =
    [
        AttributeDefinition.Optional("sparse_value", AttributeKind.Other, since: 11),
        AttributeDefinition.Optional("value", AttributeKind.Tensor),
        AttributeDefinition.Optional("value_float", AttributeKind.Float, since: 12),
        AttributeDefinition.Optional("value_floats", AttributeKind.Floats, since: 12),
        AttributeDefinition.Optional("value_int", AttributeKind.Int, since: 12),
        AttributeDefinition.Optional("value_ints", AttributeKind.Ints, since: 12),
        AttributeDefinition.Optional("value_string", AttributeKind.Text, since: 12),
        AttributeDefinition.Optional("value_strings", AttributeKind.Texts, since: 12),
    ],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override bool SharesData => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call) => [OnnxTensorType.Of(Value(call))];

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [Value(call)];

    private static OnnxTensor Value(OperatorCall call)
    {
        if (call.Node.Attributes.Count != 1)
        {
            throw call.Invalid($"a constant has {call.Node.Attributes.Count} attributes; wanted one value");
        }

        OnnxTensor value = call.Node.Attributes.Values.First() switch
        {
            TensorAttribute tensor => tensor.Value,
            FloatAttribute number => TensorElements.Of([number.Value]),
            FloatsAttribute numbers => TensorElements.Of(numbers.Values.ToArray(), numbers.Values.Count),
            IntAttribute number => TensorElements.Of([number.Value]),
            IntsAttribute numbers => TensorElements.Of(numbers.Values.ToArray(), numbers.Values.Count),
            StringAttribute or StringsAttribute => throw UnsupportedType.Of(OnnxElementType.String, call.Node.Name),
            _ => throw call.Unsupported("a sparse constant is not supported", "export the model with dense constants"),
        };
        return value.ElementType.IsSupported() ? value : throw UnsupportedType.Of(value.ElementType, call.Node.Name);
    }
}
