namespace Flightc.Onnx.Evaluation;

/// <summary>Normalisation of <c>input + skip + bias</c>, and that sum as its last output.</summary>
internal sealed class SkipNormalizationOperator(OperatorDefinition definition, bool centers) : OnnxOperator(definition)
{
    /// <summary>With the mean taken off, and without.</summary>
    public static IEnumerable<OnnxOperator> All =>
    [
        new SkipNormalizationOperator(
            Define("SkipLayerNormalization", [new("input", "T"), new("skip", "T"), new("gamma", "T"), Optional("beta"), Optional("bias")]), centers: true),
        new SkipNormalizationOperator(
            Define("SkipSimplifiedLayerNormalization", [new("input", "T"), new("skip", "T"), new("gamma", "T"), Optional("bias")]), centers: false),
    ];

    private int BiasInput => centers ? 4 : 3;

    /// <inheritdoc/>
    public override OnnxTensorType?[] Infer(OperatorCall call)
    {
        long[] shape = call.Shape(0);
        call.RequireRank(0, 2, 3);
        if (!Shapes.BroadcastsTo(call.Shape(1), shape))
        {
            throw call.Invalid($"skip of the shape {Shapes.Text(call.Shape(1))} does not broadcast to {Shapes.Text(shape)}");
        }

        for (int i = 2; i < call.InputCount; i++)
        {
            if (call.Has(i))
            {
                call.RequireShape(i, shape[^1]);
            }
        }

        return [call.Type(0), null, null, call.Type(0)];
    }

    /// <inheritdoc/>
    public override OnnxTensor?[] Evaluate(OperatorCall call, OnnxTensorType?[] types)
    {
        long[] shape = call.Shape(0);
        int length = (int)shape[^1];
        double[] sum = BroadcastLoop.Apply(call.Read<double>(0), shape, call.Read<double>(1), call.Shape(1), shape, static (x, skip) => x + skip);
        if (call.Has(BiasInput))
        {
            sum = BroadcastLoop.Apply(sum, shape, call.Read<double>(BiasInput), call.Shape(BiasInput), shape, static (x, bias) => x + bias);
        }

        double[] result = RowNormalization.Of(sum, (int)Shapes.Count(shape.AsSpan(0, shape.Length - 1)), length, call.Float("epsilon"), centers).Values;
        result = BroadcastLoop.Apply(result, shape, call.Read<double>(2), call.Shape(2), shape, static (x, gamma) => x * gamma);
        if (centers && call.Has(3))
        {
            result = BroadcastLoop.Apply(result, shape, call.Read<double>(3), call.Shape(3), shape, static (x, beta) => x + beta);
        }

        OnnxElementType type = types[0]!.ElementType;
        return [TensorElements.Create(type, shape, result), null, null, TensorElements.Create(type, shape, sum)];
    }

    private static ParameterDefinition Optional(string name) => ParameterDefinition.Optional(name, "T");

    private static OperatorDefinition Define(string name, ParameterDefinition[] inputs) => new(name, [1])
    {
        Domain = OperatorDefinition.Microsoft,
        Inputs = inputs,
        Outputs =
        [
            new("output", "T"), ParameterDefinition.Optional("mean", "U"), ParameterDefinition.Optional("inv_std_var", "U"),
            ParameterDefinition.Optional("input_skip_bias_sum", "T"),
        ],
        Attributes = [AttributeDefinition.Float("epsilon", 1e-12f)],
        Types = new Dictionary<string, ElementSet> { ["T"] = ElementSet.Floats, ["U"] = ElementSet.Floats },
    };
}
