namespace Flightc.Onnx.Evaluation;

/// <summary>Nothing, outside training; training is refused. The second output says that nothing was dropped.</summary>
internal sealed class DropoutOperator() : OnnxOperator(new OperatorDefinition("Dropout", [7, 10, 12, 13, 22])
{
    Inputs = [new("data", "T"), ParameterDefinition.Optional("ratio", "T1", since: 12), ParameterDefinition.Optional("training_mode", "T2", since: 12)],
    Outputs = [new("output", "T"), ParameterDefinition.Optional("mask", "T2")],
    Attributes = [AttributeDefinition.Float("ratio", 0.5f, until: 12), AttributeDefinition.Optional("seed", AttributeKind.Int, since: 12)],
    Types = new Dictionary<string, ElementSet>
    {
        ["T"] = ElementSet.Floats | ElementSet.Float8s,
        ["T1"] = ElementSet.Floats | ElementSet.Float8s,
        ["T2"] = ElementSet.Bool,
    },
})
{
    /// <inheritdoc/>
    public override bool SharesData => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        if (call.Has(2) && call.Long(2) != 0)
        {
            throw call.Unsupported("training_mode is true; wanted false", "export the model in evaluation mode: its results must not be random");
        }

        return [call.Type(0), new(call.Version < 10 ? call.Type(0).ElementType : OnnxElementType.Bool, call.Shape(0))];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) =>
    [
        call.Value(0),
        call.Wants(1) ? TensorElements.Create(types[1]!.ElementType, types[1]!.Shape, Ones(types[1]!)) : null,
    ];

    private static long[] Ones(OnnxTensorType type)
    {
        long[] ones = new long[type.ElementCount];
        Array.Fill(ones, 1);
        return ones;
    }
}
