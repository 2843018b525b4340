namespace Flightc.Onnx.Evaluation;

/// <summary>Sums of products over named indices, as numpy's einsum has them.</summary>
internal sealed class EinsumOperator() : OnnxOperator(new OperatorDefinition("Einsum", [12])
{
    Inputs = [ParameterDefinition.Variadic("Inputs", "T")],
    Outputs = [new("Output", "T")],
    Attributes = [AttributeDefinition.Required("equation", AttributeKind.Text)],
    Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Numbers },
})
{
    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        EinsumEquation equation = EinsumEquation.Of(call);
        return [new(call.Type(0).ElementType, [.. equation.Result.Select(i => equation.Extents[i])])];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types) => [ElementTypes.IsFloat(types[0]!.ElementType)
        ? Run<double>(call, types[0]!)
        : Run<long>(call, types[0]!)];

    private static OnnxTensor Run<T>(OperatorCall call, OnnxTensorType type)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        EinsumEquation equation = EinsumEquation.Of(call);
        char[] summed = [.. equation.Extents.Keys.Where(i => !equation.Result.Contains(i, StringComparison.Ordinal)).Order()];
        long[] summedShape = [.. summed.Select(i => equation.Extents[i])];
        T[][] inputs = new T[call.InputCount][];
        Odometer[] outer = new Odometer[inputs.Length];
        Odometer[] inner = new Odometer[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = call.Read<T>(i).ToArray();
            outer[i] = new(type.Shape, equation.Strides(i, call.Shape(i), equation.Result));
            inner[i] = new(summedShape, equation.Strides(i, call.Shape(i), new string(summed)));
        }

        call.RequireBoundedWork([type.ElementCount, .. summedShape]);
        long terms = Shapes.Count(summedShape);
        T[] result = new T[type.ElementCount];
        for (int at = 0; at < result.Length; at++)
        {
            for (long term = 0; term < terms; term++)
            {
                T product = T.One;
                for (int i = 0; i < inputs.Length; i++)
                {
                    product *= inputs[i][outer[i].Offset + inner[i].Offset];
                    inner[i].Advance();
                }

                result[at] += product;
            }

            foreach (Odometer place in outer)
            {
                place.Advance();
            }
        }

        return TensorElements.Create(type.ElementType, type.Shape, result);
    }
}
