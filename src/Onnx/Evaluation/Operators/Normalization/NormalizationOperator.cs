namespace Flightc.Onnx.Evaluation;

/// <summary>Normalisation over the axes from one on, times a scale, plus a bias where there is one. Statistics are binary32 for every type but double.</summary>
internal sealed class NormalizationOperator(OperatorDefinition definition, bool centers) : OnnxOperator(definition)
{
    /// <summary>
    /// <c>LayerNormalization</c> of the standard, which ONNX Runtime also takes in older opsets; <c>RMSNormalization</c>; and <c>SimplifiedLayerNormalization</c>,
    /// which is the same under the name ONNX Runtime gave it, in the standard's domain and in its own.
    /// </summary>
    public static IEnumerable<OnnxOperator> All =>
    [
        new NormalizationOperator(
            new OperatorDefinition("LayerNormalization", [1, 17])
            {
                Inputs = [new("X", "T"), new("Scale", "T"), ParameterDefinition.Optional("B", "T")],
                Outputs = [new("Y", "T"), ParameterDefinition.Optional("Mean", "U"), ParameterDefinition.Optional("InvStdDev", "U")],
                Attributes = Attributes,
                Types = Types,
            },
            centers: true),
        new NormalizationOperator(
            new OperatorDefinition("RMSNormalization", [23])
            {
                Inputs = [new("X", "T"), new("scale", "V")],
                Outputs = [new("Y", "V")],
                Attributes = Attributes,
                Types = Types,
            },
            centers: false),
        Simplified(""),
        Simplified(OperatorDefinition.Microsoft),
    ];

    private static AttributeDefinition[] Attributes =>
        [AttributeDefinition.Int("axis", -1), AttributeDefinition.Float("epsilon", 1e-5f), AttributeDefinition.Int("stash_type", 1)];

    private static Dictionary<string, ElementSet> Types => new()
    {
        ["T"] = ElementSet.Floats, ["V"] = ElementSet.Floats, ["U"] = ElementSet.Floats,
    };

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        int axis = call.Axis(call.Int("axis"), shape.Length);
        for (int i = 1; i < call.InputCount; i++)
        {
            if (call.Has(i) && !Shapes.BroadcastsTo(call.Shape(i), shape))
            {
                throw call.Invalid($"scale or bias of the shape {Shapes.Text(call.Shape(i))} does not broadcast to {Shapes.Text(shape)}");
            }
        }

        OnnxElementType statistics = call.Type(0).ElementType == OnnxElementType.Double ? OnnxElementType.Double : OnnxElementType.Float;
        long[] rows = [.. shape[..axis], .. Enumerable.Repeat(1L, shape.Length - axis)];
        OnnxTensorType result = new(call.Type(1).ElementType, shape);
        return centers ? [result, new(statistics, rows), new(statistics, rows)] : [result, new(statistics, rows)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = call.Shape(0);
        int axis = call.Axis(call.Int("axis"), shape.Length);
        (int count, int length) = ((int)Shapes.Count(shape.AsSpan(0, axis)), (int)Shapes.Count(shape.AsSpan(axis)));
        RowNormalization rows = RowNormalization.Of(call.Read<double>(0), count, length, call.Float("epsilon"), centers);
        double[] result = BroadcastLoop.Apply(rows.Values, shape, call.Read<double>(1), call.Shape(1), shape, static (x, scale) => x * scale);
        if (call.Has(2))
        {
            result = BroadcastLoop.Apply(result, shape, call.Read<double>(2), call.Shape(2), shape, static (x, bias) => x + bias);
        }

        OnnxTensor y = TensorElements.Create(types[0]!.ElementType, shape, result);
        OnnxTensor spreads = TensorElements.Create(types[^1]!.ElementType, types[^1]!.Shape, rows.InverseSpreads);
        return centers ? [y, TensorElements.Create(types[1]!.ElementType, types[1]!.Shape, rows.Means), spreads] : [y, spreads];
    }

    private static NormalizationOperator Simplified(string domain) => new(
        new OperatorDefinition("SimplifiedLayerNormalization", [1])
        {
            Domain = domain,
            Inputs = [new("X", "T"), new("scale", "V")],
            Outputs = [new("Y", "V"), ParameterDefinition.Optional("inv_std_var", "U")],
            Attributes = Attributes,
            Types = Types,
        },
        centers: false);
}
