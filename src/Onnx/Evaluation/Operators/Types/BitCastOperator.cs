namespace Flightc.Onnx.Evaluation;

/// <summary>The same bits as another type of the same size.</summary>
internal sealed class BitCastOperator() : OnnxOperator(new OperatorDefinition("BitCast", [26])
{
    Inputs = [new("input", "T1")],
    Outputs = [new("output", "T2")],
    Attributes = [AttributeDefinition.Required("to", AttributeKind.Int)],
    Types = new Dictionary<string, ElementSet> { ["T1"] = ElementSet.All, ["T2"] = ElementSet.All },
})
{
    /// <inheritdoc/>
    public override bool SharesData => true;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        OnnxElementType type = call.ElementType("to");
        return type.Bits() == call.Type(0).ElementType.Bits()
            ? [new(type, call.Shape(0))]
            : throw call.Invalid($"{OnnxElementTypes.OnnxName(type)} has another size");
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [new(types[0]!.ElementType, types[0]!.Shape, call.Value(0).Data)];
}
